// From a decoded event to the calls of its handlers.
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Starts the handlers of an event: typed ones read the packet in place, catch-all listeners and middlewares get an object.</summary>
internal static class EventDispatcher
{
    /// <summary>Starts the handlers of one event. The packet's memory is borrowed.</summary>
    public static ValueTask Dispatch(Socket socket, in Packet packet)
    {
        if (socket.RareListeners is { NeedsEvent: true } listeners)
        {
            return DispatchSlowlyAsync(socket, listeners, packet);
        }

        return socket.Handlers is { } handlers ? Dispatch(socket, handlers, packet) : default;
    }

    private static ValueTask Dispatch(Socket socket, HandlerTable handlers, in Packet packet)
    {
        var argument = packet.Arguments.Span[0];
        var name = packet.Payload.Span.Slice(argument.Start, argument.Length);
        if (argument.Kind != JsonTokenType.String)
        {
            return default;
        }

        name = name[1..^1];
        if (name.Contains((byte)'\\'))
        {
            var reader = new Utf8JsonReader(packet.Payload.Span.Slice(argument.Start, argument.Length));
            reader.Read();
            name = System.Text.Encoding.UTF8.GetBytes(reader.GetString()!);
        }

        var hash = HandlerTable.Hash(name);
        ValueTask result = default;
        List<ValueTask>? more = null;
        foreach (ref readonly var entry in handlers.Entries.AsSpan())
        {
            if (entry.Hash != hash || !name.SequenceEqual(entry.Name) || (entry.Once && !handlers.TakeOnce(entry)))
            {
                continue;
            }

            var started = Call(socket, entry, packet);
            if (started.IsCompletedSuccessfully)
            {
                continue;
            }

            if (more is null && result.IsCompletedSuccessfully)
            {
                result = started;
            }
            else
            {
                more ??= [result];
                more.Add(started);
            }
        }

        return more is null ? result : AwaitAllAsync(more);
    }

    private static ValueTask Call(Socket socket, in HandlerEntry entry, in Packet packet)
    {
        if (entry.Binding.UsesServices)
        {
            return CallInScope(socket, entry, packet);
        }

        var context = EventContext.Rent(socket, packet, entry.Binding.Arguments, null);
        try
        {
            var task = entry.Binding.Invoke(entry.Handler, context);
            return task.IsCompletedSuccessfully ? default : GuardAsync(socket, task, null);
        }
        catch (EventBindingException e)
        {
            socket.RaiseClientError(e);
            return default;
        }
        catch (Exception e)
        {
            socket.RaiseError(e);
            return default;
        }
        finally
        {
            context.Return();
        }
    }

    private static ValueTask CallInScope(Socket socket, in HandlerEntry entry, in Packet packet)
    {
        var scope = socket.Server.Binder.Services.CreateAsyncScope();
        var context = EventContext.Rent(socket, packet, entry.Binding.Arguments, scope.ServiceProvider);
        try
        {
            return GuardAsync(socket, entry.Binding.Invoke(entry.Handler, context), scope);
        }
        catch (EventBindingException e)
        {
            socket.RaiseClientError(e);
            return scope.DisposeAsync();
        }
        catch (Exception e)
        {
            socket.RaiseError(e);
            return scope.DisposeAsync();
        }
        finally
        {
            context.Return();
        }
    }

    private static async ValueTask GuardAsync(Socket socket, ValueTask task, AsyncServiceScope? scope)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (socket.HasEnded)
        {
            // The handler watched the socket's own token.
        }
        catch (Exception e)
        {
            socket.RaiseError(e);
        }

        if (scope is { } open)
        {
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask AwaitAllAsync(List<ValueTask> tasks)
    {
        foreach (var task in tasks)
        {
            await task.ConfigureAwait(false);
        }
    }

    // With catch-all listeners or middlewares the event becomes an object of its own.
    private static async ValueTask DispatchSlowlyAsync(Socket socket, SocketListeners listeners, Packet borrowed)
    {
        var packet = borrowed.Detach();
        var arguments = EventContext.ToArguments(packet, socket.Server.Serializer);
        var ack = packet.Id >= 0 ? new Ack(socket, packet.Id) : null;
        var socketEvent = new SocketEvent(arguments.ReadName(), arguments, ack);
        socket.Raise(listeners.Any, socketEvent);
        var middlewares = listeners.Middlewares;
        try
        {
            await RunAsync(0).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            socket.RaiseError(e);
        }

        Task RunAsync(int index)
        {
            if (index < middlewares.Length)
            {
                return middlewares[index](socketEvent, () => RunAsync(index + 1));
            }

            return socket.Handlers is { } handlers && socket.IsConnected ? Dispatch(socket, handlers, packet).AsTask() : Task.CompletedTask;
        }
    }
}
