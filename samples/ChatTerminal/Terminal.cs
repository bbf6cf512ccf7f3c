using System.Collections.Concurrent;
using SocketIO.Client;

namespace ChatTerminal;

/// <summary>One person's chat, by lines: <c>/join ROOM</c>, <c>/to NAME TEXT</c>, <c>/quit</c>; anything else is said in the room.</summary>
/// <param name="input">What the person types.</param>
/// <param name="output">What the person sees.</param>
public sealed class Terminal(TextReader input, TextWriter output)
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);
    private readonly ConcurrentDictionary<string, string> _ids = new(StringComparer.OrdinalIgnoreCase);
    private string? _room;

    /// <summary>Chats until the input or the connection ends.</summary>
    /// <param name="url">The chat's address.</param>
    /// <param name="name">The nickname.</param>
    /// <param name="cancellationToken">Ends it at once.</param>
    /// <exception cref="ConnectException">The server is not there, or refuses the name.</exception>
    public async Task RunAsync(string url, string name, CancellationToken cancellationToken = default)
    {
        await using var client = new SocketIOClient(url, new SocketIOClientOptions { Auth = new { name } });
        client.On("message", (RoomMessage message) => Show($"[{message.Room}] {message.From.Name}: {message.Text}"));
        client.On("image", (RoomImage image) => Show($"[{image.Room}] {image.From.Name} shows {image.Name}, {image.Bytes.Length} bytes"));
        client.On("presence", (string room, User[] members) => ShowMembers(room, members));
        client.On("private", (PrivateMessage message) =>
        {
            Show($"{message.From.Name} whispers: {message.Text}");
            return true;
        });
        await client.ConnectAsync(cancellationToken);
        Show($"* you are {name}");

        // The end of the connection is the end of the chat, whatever is being typed.
        try
        {
            await await Task.WhenAny(TypeAsync(client, cancellationToken), client.Completion);
        }
        catch (NotConnectedException)
        {
            // Said below.
        }

        if (!client.IsConnected)
        {
            Show($"* {(await client.Completion).Reason}");
        }
    }

    private async Task TypeAsync(SocketIOClient client, CancellationToken cancellationToken)
    {
        // Elsewhere, as a console's input may wait without being asynchronous.
        while (await Task.Run(() => input.ReadLineAsync(cancellationToken).AsTask(), cancellationToken) is { } line && line != "/quit")
        {
            if (line.Length > 0 && await ObeyAsync(client, line) is { Ok: false, Error: var error })
            {
                Show($"* {error}");
            }
        }
    }

    private async Task<Answer?> ObeyAsync(SocketIOClient client, string line)
    {
        switch (line.Split(' ', 3))
        {
            case ["/join", var room]:
                var joined = await client.EmitWithAckAsync<Answer>("join", room);
                _room = joined?.Ok == true ? room : _room;
                return joined;
            case ["/to", var name, var text]:
                return await client.EmitWithAckAsync<Answer>("private", _ids.GetValueOrDefault(name, ""), text);
            case [['/', ..] command, ..]:
                return new Answer(false, $"{command} is none of /join ROOM, /to NAME TEXT, /quit", null);
            default:
                return await client.EmitWithAckAsync<Answer>("message", _room, line);
        }
    }

    private void ShowMembers(string room, User[] members)
    {
        foreach (var member in members)
        {
            _ids[member.Name] = member.Id;
        }

        Show($"* in {room}: {string.Join(", ", members.Select(static member => member.Name))}");
    }

    private void Show(string line) => _output.WriteLine(line);
}
