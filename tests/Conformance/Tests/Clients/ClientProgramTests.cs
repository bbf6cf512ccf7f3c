namespace SocketIO.Conformance.Tests;

/// <summary>The real clients against a server in C#: what each program checks is written in it.</summary>
public class ClientProgramTests
{
    [ClientTheory("events.mjs")]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task Events_and_acknowledgements_work_with_the_JavaScript_client(string transport) => RunAsync("events.mjs", transport);

    [ClientTheory("namespaces.mjs")]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task Namespaces_and_middlewares_work_with_the_JavaScript_client(string transport) => RunAsync("namespaces.mjs", transport);

    [ClientTheory("rooms.mjs")]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task Rooms_and_broadcasts_work_with_the_JavaScript_client(string transport) => RunAsync("rooms.mjs", transport);

    [ClientTheory("disconnect.mjs")]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task Every_end_of_a_connection_has_its_reason_in_the_JavaScript_client(string transport) => RunAsync("disconnect.mjs", transport);

    [ClientTheory("recovery.mjs")]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task A_JavaScript_client_that_returns_recovers_what_it_missed(string transport) => RunAsync("recovery.mjs", transport);

    [ClientTheory("msgpack.mjs")]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task The_MessagePack_parser_works_with_the_JavaScript_client(string transport) => RunAsync("msgpack.mjs", transport);

    [ClientTheory("browser.mjs", inBrowser: true)]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public Task Chromium_converses_through_the_bundles_that_the_server_hands_out(string transport) => RunAsync("browser.mjs", transport);

    [ClientTheory("client.py")]
    [InlineData(null)]
    public Task The_Python_client_converses_on_every_transport(string? transport) => RunAsync("client.py", transport);

    private static async Task RunAsync(string program, string? transport)
    {
        await using var host = await TestServerHost.StartAsync(ClientVocabulary.Add, ClientVocabulary.Map);

        var (exitCode, output) = await ClientPrograms.RunAsync(program, host.Url, transport);

        Assert.True(exitCode == 0, $"{program} ended with {exitCode}:\n{output}");
    }
}
