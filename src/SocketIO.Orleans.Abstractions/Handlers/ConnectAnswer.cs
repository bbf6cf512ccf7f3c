using Orleans;

namespace SocketIO.Orleans;

/// <summary>Whether a client may join a namespace. Immutable: what adds to an answer gives a new one.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ConnectAnswer")]
public sealed class ConnectAnswer
{
    private ConnectAnswer()
    {
    }

    /// <summary>Why not; <see langword="null"/>: it may.</summary>
    [Id(0)]
    internal string? Refusal { get; private init; }

    /// <summary>The error's data, where there is some.</summary>
    [Id(1)]
    internal EventMessage? RefusalData { get; private init; }

    [Id(2)]
    internal string[] Rooms { get; private init; } = [];

    /// <summary>Names and values of the socket's data, in turn.</summary>
    [Id(3)]
    internal EventMessage[] Data { get; private init; } = [];

    [Id(4)]
    internal string? Member { get; private init; }

    /// <summary>It may, and is in these rooms before it is told.</summary>
    /// <param name="rooms">The rooms.</param>
    public static ConnectAnswer Accept(params ReadOnlySpan<string> rooms) => new() { Rooms = rooms.ToArray() };

    /// <summary>It may not: it gets a <c>connect_error</c>.</summary>
    /// <param name="message">The error's message.</param>
    /// <param name="data">The error's <c>data</c>, JSON without binary values; <see langword="null"/>: none.</param>
    public static ConnectAnswer Refuse(string message, object? data = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new ConnectAnswer { Refusal = message, RefusalData = data is null ? null : EventJson.Web.Write([data]) };
    }

    /// <summary>Gives the socket a value of its data, which <see cref="NamespaceOperator.FetchSocketsAsync"/> shows.</summary>
    /// <param name="key">Its name.</param>
    /// <param name="value">The value.</param>
    public ConnectAnswer WithData(string key, object? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new ConnectAnswer
        {
            Refusal = Refusal,
            RefusalData = RefusalData,
            Rooms = Rooms,
            Data = [.. Data, EventJson.Web.Write([key, value])],
            Member = Member,
        };
    }

    /// <summary>The socket is one of a member's: it joins the member's durable rooms, and goes along when the member joins and leaves further ones.</summary>
    /// <param name="member">The member's id, for example of a user.</param>
    public ConnectAnswer AsMember(string member)
    {
        ArgumentException.ThrowIfNullOrEmpty(member);
        return new ConnectAnswer { Refusal = Refusal, RefusalData = RefusalData, Rooms = Rooms, Data = Data, Member = member };
    }
}
