using System.Text.Json;
using SocketIO.Protocol;

namespace SocketIO.Client;

/// <summary>Calls the handlers of events.</summary>
internal sealed class EventDispatcher(SocketIOClient client, HandlerTable handlers, ClientSerializer serializer)
{
    /// <summary>Starts the handlers of an event, and ends when all of them have.</summary>
    /// <param name="packet">The event, with memory of its own.</param>
    /// <param name="session">Where it came from, and its answer goes.</param>
    public async Task DispatchAsync(Packet packet, ClientSession session)
    {
        var name = packet.Arguments.Span[0];
        var arguments = new ReceivedArguments(serializer, packet);
        var answer = packet.Id < 0 ? null : new Answer(session, packet.Id);
        foreach (var task in handlers.Get(ReadName(packet.GetArgument(0), name.Kind)).Select(handler => CallAsync(handler, arguments, answer, session)).ToArray())
        {
            await task.ConfigureAwait(false);
        }
    }

    private static string ReadName(ReadOnlyMemory<byte> json, JsonTokenType kind)
    {
        if (kind != JsonTokenType.String)
        {
            return System.Text.Encoding.UTF8.GetString(json.Span);
        }

        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        return reader.GetString()!;
    }

    private async Task CallAsync(HandlerBinding handler, ReceivedArguments arguments, Answer? answer, ClientSession session)
    {
        try
        {
            var result = await handler.InvokeAsync(client, arguments, session.Disconnected).ConfigureAwait(false);
            if (handler.Answers)
            {
                answer?.Send(result);
            }
        }
        catch (Exception e) when (session.HasEnded && e is OperationCanceledException or NotConnectedException)
        {
            // The handler watched the connection's own token, or its answer came too late.
        }
        catch (Exception e)
        {
            client.RaiseError(e);
        }
    }

    /// <summary>The answer that the server waits for: the first handler's to give one.</summary>
    private sealed class Answer(ClientSession session, long id)
    {
        private int _sent;

        public void Send(object? value)
        {
            if (Interlocked.Exchange(ref _sent, 1) == 0)
            {
                session.SendAck(id, value);
            }
        }
    }
}
