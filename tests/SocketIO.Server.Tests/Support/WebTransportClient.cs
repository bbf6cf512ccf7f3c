using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;

namespace SocketIO.Server.Tests;

/// <summary>A client on a WebTransport session, from the start or after an upgrade.</summary>
public sealed class WebTransportClient : EngineClient
{
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly IDuplexPipe _stream;

    private WebTransportClient(Engine engine)
    {
        Serving = engine.OnWebTransportSessionAsync(Session);
        _stream = Session.OpenStream();
    }

    public MemoryWebTransport Session { get; } = new();

    /// <summary>The server's part in the session.</summary>
    public Task Serving { get; }

    /// <summary>Opens the stream and sends nothing.</summary>
    public static WebTransportClient Begin(Engine engine) => new(engine);

    public static async Task<WebTransportClient> OpenAsync(Engine engine)
    {
        var client = Begin(engine);
        await client.SendRawAsync("0");
        client.OnOpen(Encoding.UTF8.GetString((await client.ReadAsync())!.Value.Bytes));
        return client;
    }

    public static async Task<EngineClient> UpgradeAsync(EngineHost host)
    {
        var polling = await PollingClient.OpenAsync(host);
        var client = Begin(host.Engine);
        await client.ProbeAsync(polling.Id);
        await client.SendRawAsync("5");
        client.OnOpen("0" + polling.Handshake.GetRawText());
        return client;
    }

    /// <summary>Asks for a session's upgrade and gets the answer to the probe.</summary>
    public async Task ProbeAsync(string sid)
    {
        await SendRawAsync($$"""0{"sid":"{{sid}}"}""");
        await SendRawAsync("2probe");
        Assert.Equal("3probe", Encoding.UTF8.GetString((await ReadAsync())!.Value.Bytes));
    }

    public override Task SendAsync(EngineMessage message) =>
        message.Text is { } text ? SendRawAsync("4" + text) : WriteAsync(message.Bytes!, isBinary: true);

    /// <summary>Sends a packet as it is.</summary>
    public Task SendRawAsync(string packet) => WriteAsync(Encoding.UTF8.GetBytes(packet), isBinary: false);

    /// <summary>Sends bytes without a frame of their own.</summary>
    public async Task SendBytesAsync(byte[] bytes) => await _stream.Output.WriteAsync(bytes);

    public override void StartReading() => _ = ReadAllAsync();

    public override Task CloseAsync()
    {
        Session.End();
        return Task.CompletedTask;
    }

    /// <summary>Ends the stream; the session stays.</summary>
    public async Task EndStreamAsync() => await _stream.Output.CompleteAsync();

    public override void Abort() => Session.End();

    /// <summary>The next message; null: the stream has ended.</summary>
    public async Task<(byte[] Bytes, bool IsBinary)?> ReadAsync()
    {
        if (await ReadBytesAsync(1) is not [var first])
        {
            return null;
        }

        var length = first & 0x7f;
        length = length switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(await ReadBytesAsync(2)),
            127 => (int)BinaryPrimitives.ReadInt64BigEndian(await ReadBytesAsync(8)),
            _ => length,
        };
        return await ReadBytesAsync(length) is { } bytes ? (bytes, first >= 0x80) : null;
    }

    protected override Task SendPacketAsync(string packet) => SendRawAsync(packet);

    private async Task<byte[]?> ReadBytesAsync(int count)
    {
        if (count == 0)
        {
            return [];
        }

        var result = await Patience.Within(_stream.Input.ReadAtLeastAsync(count).AsTask());
        if (result.Buffer.Length < count)
        {
            _stream.Input.AdvanceTo(result.Buffer.End);
            return null;
        }

        var bytes = result.Buffer.Slice(0, count).ToArray();
        _stream.Input.AdvanceTo(result.Buffer.GetPosition(count));
        return bytes;
    }

    private async Task WriteAsync(byte[] message, bool isBinary)
    {
        byte[] header = message.Length switch
        {
            < 126 => [(byte)message.Length],
            <= ushort.MaxValue => [126, 0, 0],
            _ => [127, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        if (header.Length == 3)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(1), (ushort)message.Length);
        }
        else if (header.Length == 9)
        {
            BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(1), message.Length);
        }

        header[0] |= (byte)(isBinary ? 0x80 : 0);
        await _sending.WaitAsync();
        try
        {
            await _stream.Output.WriteAsync(header);
            await _stream.Output.WriteAsync(message);
        }
        catch (InvalidOperationException)
        {
            // The session has ended.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReadAllAsync()
    {
        while (await ReadAsync() is var (message, isBinary))
        {
            if (isBinary)
            {
                OnBinary(message);
            }
            else
            {
                await OnPacketAsync(Encoding.UTF8.GetString(message));
            }
        }

        await Session.Closed;
        OnEnded();
    }
}
