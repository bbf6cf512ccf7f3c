using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>
/// The answer to a handshake of hixie-75 or -76, made of the web server's. It is a feature of the connection, so that the location in it can be the one that
/// the client asked for, as the request's pipeline knows it.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="client">The client's side: its header block has been read, and nothing behind it.</param>
/// <param name="http">The web server's side.</param>
/// <param name="request">The handshake.</param>
/// <param name="patience">How long the 8 bytes behind the header block may take.</param>
/// <param name="time">The clock.</param>
internal sealed class HixieUpgrade(ConnectionContext connection, IDuplexPipe client, IDuplexPipe http, WebSocketDraftRequest request, TimeSpan patience, TimeProvider time)
{
    private volatile bool _isOver;

    /// <summary>Whether the client came by TLS, be it to a proxy.</summary>
    public bool IsSecure { get; set; } = connection.Features.Get<ITlsConnectionFeature>() is not null;

    /// <summary>The host that the client asked for; <see langword="null"/>: as its request says.</summary>
    public string? Host { get; set; }

    /// <summary>Whether the web server is done with the connection; set before a read of the client is cancelled.</summary>
    public bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }

    /// <summary>Waits for the web server's answer, and answers the client.</summary>
    /// <returns>False: there is no WebSocket, or no client any more.</returns>
    public async ValueTask<bool> TryAnswerAsync()
    {
        // The web server drops its answer to a client that has gone, and would wait for the next request.
        using var gone = connection.ConnectionClosed.UnsafeRegister(static reader => ((PipeReader)reader!).CancelPendingRead(), http.Input);
        while (true)
        {
            var result = await http.Input.ReadAsync().ConfigureAwait(false);
            var buffer = result.Buffer;
            if (result.IsCanceled)
            {
                http.Input.AdvanceTo(buffer.End);
                return false;
            }

            if (!IsUpgraded(in buffer))
            {
                await RefuseAsync(buffer).ConfigureAwait(false);
                return false;
            }

            if (TryReadBlock(in buffer, out var end))
            {
                request.WriteAnswer(client.Output, IsSecure, Host);
                http.Input.AdvanceTo(end);
                return request.Draft == WebSocketDrafts.Hixie75
                    ? !(await client.Output.FlushAsync().ConfigureAwait(false)).IsCompleted
                    : await TryProveAsync().ConfigureAwait(false);
            }

            http.Input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return false;
            }
        }
    }

    // The client gets the answer as it is, and no further request of it is read: what follows the headers may be the 8 bytes.
    private async Task RefuseAsync(ReadOnlySequence<byte> answer)
    {
        await http.Output.CompleteAsync().ConfigureAwait(false);
        foreach (var segment in answer)
        {
            client.Output.Write(segment.Span);
        }

        http.Input.AdvanceTo(answer.End);
        await client.Output.FlushAsync().ConfigureAwait(false);
        await http.Input.CopyToAsync(client.Output).ConfigureAwait(false);
    }

    private async ValueTask<bool> TryProveAsync()
    {
        // A proxy may hold the 8 bytes back until it has seen the headers.
        if (!client.Input.TryRead(out var result) || result.Buffer.Length < HixieHandshake.BodyLength)
        {
            if (!result.Buffer.IsEmpty)
            {
                client.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }

            await client.Output.FlushAsync().ConfigureAwait(false);
            if (IsOver)
            {
                return false;
            }

            result = await WaitForBodyAsync().ConfigureAwait(false);
        }

        if (result.Buffer.Length < HixieHandshake.BodyLength)
        {
            client.Input.AdvanceTo(result.Buffer.End);
            return false;
        }

        WriteDigest(result.Buffer.Slice(0, HixieHandshake.BodyLength));
        client.Input.AdvanceTo(result.Buffer.GetPosition(HixieHandshake.BodyLength));
        return !(await client.Output.FlushAsync().ConfigureAwait(false)).IsCompleted;
    }

    private async ValueTask<ReadResult> WaitForBodyAsync()
    {
        using var deadline = new CancellationTokenSource(patience, time);
        try
        {
            return await client.Input.ReadAtLeastAsync(HixieHandshake.BodyLength, deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            connection.Abort(new ConnectionAbortedException("The 8 bytes behind the handshake did not come in time (OldSocketOptions.HandshakeTimeout)."));
            throw;
        }
    }

    private void WriteDigest(in ReadOnlySequence<byte> received)
    {
        Span<byte> body = stackalloc byte[HixieHandshake.BodyLength];
        received.CopyTo(body);
        request.ComputeDigest(body, client.Output.GetSpan(HixieHandshake.DigestLength));
        client.Output.Advance(HixieHandshake.DigestLength);
    }

    private static bool IsUpgraded(in ReadOnlySequence<byte> answer)
    {
        var expected = "HTTP/1.1 101 "u8;
        Span<byte> begin = stackalloc byte[expected.Length];
        begin = begin[..(int)Math.Min(answer.Length, begin.Length)];
        answer.Slice(0, begin.Length).CopyTo(begin);
        return expected.StartsWith(begin);
    }

    private static bool TryReadBlock(in ReadOnlySequence<byte> answer, out SequencePosition end)
    {
        var reader = new SequenceReader<byte>(answer);
        var isWhole = reader.TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8);
        end = reader.Position;
        return isWhole;
    }
}
