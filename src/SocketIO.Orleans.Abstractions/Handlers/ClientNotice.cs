using System.Text.Json;
using Orleans;

namespace SocketIO.Orleans;

/// <summary>A client's socket, wherever it is connected.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Id">Its id: the room that only this socket is in.</param>
/// <param name="Member">Whom its handler has accepted it as: <see cref="ConnectAnswer.AsMember"/>.</param>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientSocket")]
public sealed record ClientSocket([property: Id(0)] string Namespace, [property: Id(1)] string Id, [property: Id(2)] string? Member = null);

/// <summary>Something that a client has done.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientNotice")]
public abstract class ClientNotice
{
    private protected ClientNotice(ClientSocket socket) => Socket = socket;

    /// <summary>The client's socket.</summary>
    [Id(0)]
    public ClientSocket Socket { get; }
}

/// <summary>A client has connected.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientConnect")]
public sealed class ClientConnect : ClientNotice
{
    internal ClientConnect(ClientHandshake handshake)
        : base(handshake.Socket) => Handshake = handshake;

    /// <summary>How it came in.</summary>
    [Id(0)]
    public ClientHandshake Handshake { get; }
}

/// <summary>A client has sent an event.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientEvent")]
public sealed class ClientEvent : ClientNotice
{
    [NonSerialized]
    private JsonElement[]? _values;

    internal ClientEvent(ClientSocket socket, EventMessage message, bool expectsAnswer)
        : base(socket)
    {
        Message = message;
        ExpectsAnswer = expectsAnswer;
    }

    /// <summary>Whether the client waits for an answer.</summary>
    [Id(1)]
    public bool ExpectsAnswer { get; }

    /// <summary>The event's name.</summary>
    public string Name => Values[0].ValueKind == JsonValueKind.String ? Values[0].GetString()! : "";

    /// <summary>How many arguments there are.</summary>
    public int Count => Values.Length - 1;

    [Id(0)]
    internal EventMessage Message { get; }

    private JsonElement[] Values => _values ??= Message.ReadValues();

    /// <summary>An argument as JSON; binary values are placeholders in it.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    public JsonElement this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return Values[index + 1];
        }
    }

    /// <summary>An argument as a <typeparamref name="T"/>, with the web defaults of JSON; byte arrays, memory and streams for binary ones.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <param name="index">From 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such argument.</exception>
    /// <exception cref="JsonException">It is no <typeparamref name="T"/>.</exception>
    public T? Get<T>(int index) => EventJson.Web.Read<T>(this[index], Message.Attachments);
}

/// <summary>A client's socket has ended.</summary>
[GenerateSerializer]
[Immutable]
[Alias("SocketIO.ClientDisconnect")]
public sealed class ClientDisconnect : ClientNotice
{
    internal ClientDisconnect(ClientSocket socket, string reason, string? detail)
        : base(socket)
    {
        Reason = reason;
        Detail = detail;
    }

    /// <summary>Why, in the words of Socket.IO: <c>transport close</c>, <c>client namespace disconnect</c> and so on.</summary>
    [Id(0)]
    public string Reason { get; }

    /// <summary>What exactly happened, where that is known.</summary>
    [Id(1)]
    public string? Detail { get; }
}
