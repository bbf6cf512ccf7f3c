namespace SocketIO.Protocol.Tests;

public class PacketRoundTripTests
{
    public static TheoryData<PacketType, string, long, string, string[]> Packets => new()
    {
        { PacketType.Connect, "", -1, "", [] },
        { PacketType.Connect, "", -1, """{"token":"123"}""", [] },
        { PacketType.Connect, "/custom", -1, """{"sid":"oSO0OpakMV_3jnilAAAA"}""", [] },
        { PacketType.Disconnect, "", -1, "", [] },
        { PacketType.Disconnect, "/custom", -1, "", [] },
        { PacketType.ConnectError, "", -1, """{"message":"Not authorized","data":{"code":"E001"}}""", [] },
        { PacketType.ConnectError, "/custom", -1, "\"Not authorized\"", [] },
        { PacketType.Event, "", -1, """["hello",1]""", [] },
        { PacketType.Event, "/custom", 0, """["hello",{"a":[1,-2,3.5,true,false,null,"x\"y\\z",[],{}]}]""", [] },
        { PacketType.Event, "", 9007199254740991, """[1,2,9223372036854775807,18446744073709551615,-9223372036854775808]""", [] },
        { PacketType.Event, "/ключ", 12, """["grüße 😀","\u0001\u001f"]""", [] },
        { PacketType.Ack, "", 13, "[]", [] },
        { PacketType.Ack, "/custom", 13, """["bar",{}]""", [] },
        { PacketType.Event, "", -1, """["baz",{"_placeholder":true,"num":0}]""", ["01020304"] },
        { PacketType.Event, "/custom", 7, """["baz",{"a":{"_placeholder":true,"num":0},"b":[{"_placeholder":true,"num":1}]}]""", ["", "ff00"] },
        { PacketType.Ack, "", 15, """[{"_placeholder":true,"num":0},"x",{"_placeholder":true,"num":1}]""", ["01", "02"] },
    };

    [Theory]
    [MemberData(nameof(Packets))]
    public void Json_gives_back_what_was_encoded(PacketType type, string ns, long id, string payload, string[] attachments)
    {
        var packet = PacketText.Make(type, ns, id, payload, attachments);
        var decoder = PacketParser.Json.CreateDecoder(PacketLimits.Default);

        var complete = decoder.Decode(PacketParser.Json.Encode(packet), isBinary: false, out var decoded);
        foreach (var attachment in packet.Attachments.ToArray())
        {
            Assert.False(complete);
            Assert.True(decoder.IsWaitingForAttachments);
            complete = decoder.Decode(attachment, isBinary: true, out decoded);
        }

        Assert.True(complete);
        Assert.False(decoder.IsWaitingForAttachments);
        Assert.Equal(PacketText.Describe(packet), PacketText.Describe(decoded));
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void MessagePack_gives_back_what_was_encoded(PacketType type, string ns, long id, string payload, string[] attachments)
    {
        var packet = PacketText.Make(type, ns, id, payload, attachments);
        var decoder = PacketParser.MessagePack.CreateDecoder(PacketLimits.Default);

        Assert.True(decoder.Decode(PacketParser.MessagePack.Encode(packet), isBinary: true, out var decoded));

        Assert.False(decoder.IsWaitingForAttachments);
        Assert.Equal(PacketText.Describe(packet), PacketText.Describe(decoded));
    }
}
