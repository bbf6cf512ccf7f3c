using SocketIO.Server;

namespace SocketIO.Conformance.Tests;

/// <summary>Single packets by hand, on a WebSocket that has joined the main namespace.</summary>
public class RawPacketTests
{
    [Theory]
    [InlineData("", CloseReasons.ParseError)]
    [InlineData("7", CloseReasons.ParseError)]
    [InlineData("9abc", CloseReasons.ParseError)]
    [InlineData("x", CloseReasons.ParseError)]
    [InlineData("2", CloseReasons.TransportError)]
    [InlineData("2probe", CloseReasons.TransportError)]
    [InlineData("4", CloseReasons.ForcedClose)]
    [InlineData("47", CloseReasons.ForcedClose)]
    [InlineData("4a", CloseReasons.ForcedClose)]
    [InlineData("40", CloseReasons.ForcedClose)]
    [InlineData("40[]", CloseReasons.ForcedClose)]
    [InlineData("40/other,[]", CloseReasons.ForcedClose)]
    [InlineData("41{}", CloseReasons.ForcedClose)]
    [InlineData("42[]", CloseReasons.ForcedClose)]
    [InlineData("42{}", CloseReasons.ForcedClose)]
    [InlineData("42\"echo\"", CloseReasons.ForcedClose)]
    [InlineData("42[\"a\"", CloseReasons.ForcedClose)]
    [InlineData("42[\"a\"]x", CloseReasons.ForcedClose)]
    [InlineData("42[null]", CloseReasons.ForcedClose)]
    [InlineData("42[{}]", CloseReasons.ForcedClose)]
    [InlineData("421.5[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("42abc[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("42[\"connect\"]", CloseReasons.ForcedClose)]
    [InlineData("42[\"connect_error\"]", CloseReasons.ForcedClose)]
    [InlineData("42[\"disconnect\"]", CloseReasons.ForcedClose)]
    [InlineData("42[\"disconnecting\"]", CloseReasons.ForcedClose)]
    [InlineData("42[\"newListener\"]", CloseReasons.ForcedClose)]
    [InlineData("42[\"removeListener\"]", CloseReasons.ForcedClose)]
    [InlineData("430{}", CloseReasons.ForcedClose)]
    [InlineData("44", CloseReasons.ForcedClose)]
    [InlineData("44{\"message\":\"no\"}", CloseReasons.ForcedClose)]
    [InlineData("450-[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("45[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("451[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("4511-[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("bAQID", CloseReasons.ForcedClose)]
    [InlineData("42/other,[\"echo\"]", CloseReasons.ForcedClose)]
    [InlineData("41/other,", CloseReasons.ForcedClose)]
    public async Task A_packet_that_breaks_the_protocol_ends_the_connection(string packet, string reason)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync(packet);

        Assert.Equal(1005, await client.ExpectCloseAsync());
        Assert.Equal(reason, (await server.Disconnected.NextAsync()).Reason);
        Assert.Equal(reason, await server.Closed.NextAsync());
    }

    [Theory]
    [InlineData("42")]
    [InlineData("43")]
    [InlineData("42[1,2]")]
    [InlineData("42[\"nobody listens\"]")]
    [InlineData("42[\"nobody answers\"]")]
    [InlineData("43999[\"an answer to no question\"]")]
    [InlineData("4318446744073709551616[]")]
    [InlineData("0")]
    [InlineData("0{\"sid\":\"mine\"}")]
    [InlineData("3")]
    [InlineData("3probe")]
    [InlineData("5")]
    [InlineData("6")]
    public async Task A_packet_that_means_nothing_is_passed_over_in_silence(string packet)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync(packet);
        await client.SendAsync("42[\"echo\",\"still here\"]");

        Assert.Equal("42[\"echo\",\"still here\"]", await client.ReceiveTextAsync());
        Assert.True(server.Errors.IsEmpty);
    }

    [Theory]
    [InlineData("40/unknown", "44/unknown,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/unknown,", "44/unknown,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/unknown,{\"token\":1}", "44/unknown,{\"message\":\"Invalid namespace\"}")]
    [InlineData("40/unknown/deep,", "44/unknown/deep,{\"message\":\"Invalid namespace\"}")]
    [InlineData("42[\"echo\"]", "42[\"echo\"]")]
    [InlineData("42/,[\"echo\",1]", "42[\"echo\",1]")]
    [InlineData("42[\"echo\",\"é 😀\",1.50,[],{\"a\":null}]", "42[\"echo\",\"é 😀\",1.50,[],{\"a\":null}]")]
    [InlineData("420[\"echo-ack\"]", "430[]")]
    [InlineData("427[\"echo-ack\",1,\"b\"]", "437[1,\"b\"]")]
    [InlineData("429007199254740991[\"echo-ack\"]", "439007199254740991[]")]
    public async Task A_packet_is_answered_and_the_connection_stays(string packet, string answer)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync(packet);

        Assert.Equal(answer, await client.ReceiveTextAsync());
        await client.SendAsync("42[\"echo\",\"still here\"]");
        Assert.Equal("42[\"echo\",\"still here\"]", await client.ReceiveTextAsync());
    }

    [Theory]
    [InlineData("40")]
    [InlineData("40/")]
    [InlineData("40/,")]
    [InlineData("40{}")]
    [InlineData("40{\"token\":\"abc\"}")]
    public async Task The_main_namespace_is_joined_by_any_of_its_spellings(string packet)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.OpenAsync(server.Host, RawSession.SocketUrl);

        await client.SendAsync(packet);

        Assert.Matches("^40\\{\"sid\":\"[A-Za-z0-9_-]{20}\"\\}$", await client.ReceiveTextAsync());
        Assert.Equal("/", (await server.Connected.NextAsync()).Namespace.Name);
    }

    [Fact]
    public async Task Text_while_attachments_are_due_ends_the_connection()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
        await client.SendAsync("42[\"echo\"]");

        await client.ExpectCloseAsync();
        Assert.Equal(CloseReasons.ForcedClose, (await server.Disconnected.NextAsync()).Reason);
    }

    [Fact]
    public async Task Binary_without_a_header_ends_the_connection()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync([1, 2, 3]);

        await client.ExpectCloseAsync();
        Assert.Equal(CloseReasons.ForcedClose, (await server.Disconnected.NextAsync()).Reason);
    }

    [Theory]
    [InlineData("451-[\"echo\",{\"_placeholder\":true,\"num\":1}]")]
    [InlineData("451-[\"echo\",{\"_placeholder\":true,\"num\":-1}]")]
    [InlineData("451-[\"echo\",{\"_placeholder\":true,\"num\":\"0\"}]")]
    public async Task A_placeholder_for_an_attachment_that_there_is_not_ends_the_connection(string header)
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync(header);
        await client.SendAsync([1]);

        await client.ExpectCloseAsync();
        Assert.Equal(CloseReasons.ForcedClose, (await server.Disconnected.NextAsync()).Reason);
    }

    [Fact]
    public async Task Attachments_that_are_still_due_hold_up_nothing_but_their_own_client()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var waiting = await RawSession.JoinAsync(server.Host);
        await waiting.SendAsync("452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        await waiting.SendAsync([1]);
        await using var other = await RawSession.JoinAsync(server.Host);

        await other.SendAsync("42[\"echo\"]");
        Assert.Equal("42[\"echo\"]", await other.ReceiveTextAsync());
        await waiting.SendCloseAsync(1000);

        Assert.Equal(CloseReasons.TransportClose, (await server.Disconnected.NextAsync()).Reason);
    }

    [Fact]
    public async Task What_is_malformed_is_told_to_the_sockets_as_an_error_first()
    {
        await using var server = await WitnessedServer.StartAsync();
        await using var client = await RawSession.JoinAsync(server.Host);

        await client.SendAsync("42[\"a\"");

        Assert.NotNull(await server.Errors.NextAsync());
        Assert.Equal(CloseReasons.ForcedClose, (await server.Disconnected.NextAsync()).Reason);
    }
}
