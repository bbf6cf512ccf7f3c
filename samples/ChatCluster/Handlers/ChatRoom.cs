using System.Text.Json;
using Orleans;
using SocketIO.Orleans;

namespace ChatCluster.Handlers;

/// <summary>What people do in the chat. Each socket has a grain of its own, which remembers nothing: every call says who it is about.</summary>
[GrainType("chat-room")]
public sealed class ChatRoom : Grain, INamespaceHandler
{
    private const string Room = "lobby";
    private const int LongestName = 24;
    private const int LongestText = 500;

    /// <inheritdoc/>
    public async Task<ConnectAnswer> ConnectAsync(ClientHandshake handshake, ClientAuth auth)
    {
        var name = auth.Value.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()!.Trim() : "";
        if (name.Length is 0 or > LongestName)
        {
            return ConnectAnswer.Refuse($"A name has 1 to {LongestName} characters.", new { code = "name" });
        }

        await GetRoom(handshake.Socket).EmitAsync("came", name);
        return ConnectAnswer.Accept(Room).WithData("name", name).AsMember(name);
    }

    /// <inheritdoc/>
    public async Task<EventAnswer?> OnEventAsync(ClientEvent received)
    {
        switch (received.Name)
        {
            case "say" when received.Count > 0 && received.Get<string>(0) is { Length: > 0 and <= LongestText } text:
                await GetRoom(received.Socket).EmitAsync("said", new { from = received.Socket.Member, text });
                return EventAnswer.Of(new { ok = true });
            case "say":
                return EventAnswer.Of(new { error = new { message = $"A message has 1 to {LongestText} characters." } });
            case "who":
                var sockets = await GetRoom(received.Socket).FetchSocketsAsync();
                return EventAnswer.Of(sockets.Select(static socket => socket.GetData<string>("name")).Order());
            default:
                return null;
        }
    }

    /// <inheritdoc/>
    public Task OnDisconnectAsync(ClientDisconnect disconnect) => GetRoom(disconnect.Socket).EmitAsync("left", disconnect.Socket.Member);

    private NamespaceOperator GetRoom(ClientSocket socket) => GrainFactory.SocketIO(socket.Namespace).To(Room);
}
