using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SocketIO.Benchmarks.Load;

/// <summary>One client. It frames WebSocket itself, with a mask of zero, so that it costs little beside the server.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private byte[] _buffer = new byte[16384];
    private int _length;

    /// <summary>An acknowledgement came, of this id.</summary>
    public Action<int>? Acknowledged { get; set; }

    /// <summary>A broadcast came, with this time stamp.</summary>
    public Action<long>? Received { get; set; }

    public async Task ConnectAsync(IPEndPoint server)
    {
        await _socket.ConnectAsync(server);
        var key = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        await _socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        while (true)
        {
            await ReceiveAsync();
            var end = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                Consume(end + 4);
                break;
            }
        }

        _ = Task.Run(RunAsync);
        await _joined.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Send(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var header = payload.Length < 126 ? 6 : 8;
        var frame = new byte[header + payload.Length];
        frame[0] = 0x81;
        if (payload.Length < 126)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 126;
            frame[2] = (byte)(payload.Length >> 8);
            frame[3] = (byte)payload.Length;
        }

        payload.CopyTo(frame, header);
        lock (_gate)
        {
            for (var sent = 0; sent < frame.Length;)
            {
                sent += _socket.Send(frame, sent, frame.Length - sent, SocketFlags.None);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                ReadFrames();
                await ReceiveAsync();
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            _joined.TrySetException(e);
        }
    }

    private async Task ReceiveAsync()
    {
        if (_length == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        var read = await _socket.ReceiveAsync(_buffer.AsMemory(_length));
        if (read == 0)
        {
            throw new IOException("The server has closed the connection.");
        }

        _length += read;
    }

    private void Consume(int count)
    {
        Buffer.BlockCopy(_buffer, count, _buffer, 0, _length - count);
        _length -= count;
    }

    private void ReadFrames()
    {
        var offset = 0;
        while (_length - offset >= 2)
        {
            var length = _buffer[offset + 1] & 127;
            var header = 2;
            if (length == 126)
            {
                if (_length - offset < 4)
                {
                    break;
                }

                length = _buffer[offset + 2] << 8 | _buffer[offset + 3];
                header = 4;
            }

            if (_length - offset < header + length)
            {
                break;
            }

            OnMessage(_buffer.AsSpan(offset + header, length));
            offset += header + length;
        }

        if (offset > 0)
        {
            Consume(offset);
        }
    }

    private void OnMessage(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("0"u8))
        {
            Send("40");
        }
        else if (message.StartsWith("2"u8))
        {
            Send("3");
        }
        else if (message.StartsWith("40"u8))
        {
            _joined.TrySetResult();
        }
        else if (message.StartsWith("43"u8))
        {
            var end = message.IndexOf((byte)'[');
            Acknowledged?.Invoke(int.Parse(message[2..end], CultureInfo.InvariantCulture));
        }
        else if (message.StartsWith("42[\"msg\",\""u8))
        {
            Received?.Invoke(long.Parse(message.Slice(10, 19), CultureInfo.InvariantCulture));
        }
    }
}
