using System.Text.Json;

namespace SocketIO.Orleans.Tests;

/// <summary>A packet: who has published it, and its number in that publisher's packets to the room.</summary>
internal readonly record struct SeenPacket(string Publisher, int Number);

/// <summary>What the clients tell at the end.</summary>
internal sealed class ClientsReport
{
    public ClientsReport(JsonElement json)
    {
        LongestPause = TimeSpan.FromMilliseconds(json.GetProperty("longestPause").GetDouble());
        Publishers = [.. json.GetProperty("publishers").EnumerateArray().Select(static publisher => new ReportedPublisher(publisher))];
        Clients = [.. json.GetProperty("clients").EnumerateArray().Select(static client => new ReportedClient(client))];
    }

    /// <summary>The longest time in which nobody has received anything, while packets were published.</summary>
    public TimeSpan LongestPause { get; }

    public IReadOnlyList<ReportedPublisher> Publishers { get; }

    public IReadOnlyList<ReportedClient> Clients { get; }
}

/// <summary>Somebody who has published.</summary>
internal sealed class ReportedPublisher(JsonElement json)
{
    private readonly Dictionary<string, int> _sent = json.GetProperty("sent").EnumerateObject().ToDictionary(static room => room.Name, static room => room.Value.GetInt32());

    public string Name { get; } = json.GetProperty("name").GetString()!;

    public string? Id { get; } = json.GetProperty("id").GetString();

    /// <summary>How many packets it has sent to a room.</summary>
    public int SentTo(string room) => _sent.GetValueOrDefault(room);
}

/// <summary>A client at the end.</summary>
internal sealed class ReportedClient
{
    public ReportedClient(JsonElement json)
    {
        Id = json.GetProperty("id").GetString();
        Room = json.GetProperty("room").GetString()!;
        Kind = json.GetProperty("kind").GetString()!;
        IsComplete = json.GetProperty("isComplete").GetBoolean();
        Returns = json.GetProperty("returns").GetInt32();
        Recoveries = json.GetProperty("recoveries").GetInt32();
        Connections = [.. json.GetProperty("sids").EnumerateArray().Select(static id => id.GetString()!)];
        var seen = json.GetProperty("seen").EnumerateArray()
            .Select(static packet => (Session: packet[2].GetInt32(), Packet: new SeenPacket(packet[0].GetString()!, packet[1].GetInt32()))).ToList();
        Seen = [.. seen.Select(static packet => packet.Packet)];
        Sessions = [.. seen.GroupBy(static packet => packet.Session).Select(static session => session.Select(static packet => packet.Packet).ToList())];
    }

    /// <summary>Its socket's id; <see langword="null"/>: it is not connected.</summary>
    public string? Id { get; }

    public string Room { get; }

    public string Kind { get; }

    /// <summary>Whether it has seen the end of what every publisher had to say.</summary>
    public bool IsComplete { get; }

    public int Returns { get; }

    public int Recoveries { get; }

    /// <summary>Whether it has never lost its session.</summary>
    public bool WasKept => Recoveries == Returns;

    /// <summary>The ids of its connections, in turn.</summary>
    public IReadOnlyList<string> Connections { get; }

    public IReadOnlyList<SeenPacket> Seen { get; }

    /// <summary>The same by sessions; one that is recovered goes on.</summary>
    public IReadOnlyList<IReadOnlyList<SeenPacket>> Sessions { get; }

    public override string ToString() => $"{Kind} client {Id} in {Room}, {Returns} returns, {Recoveries} recovered";
}
