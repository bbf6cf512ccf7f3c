using System.IO.Compression;

namespace SocketIO.Conformance.Tests;

/// <summary>The frames of a client that compressed them with one context for all: unpacked, for a server that does without compression.</summary>
internal sealed class PlainFrames : IDisposable
{
    private const int Compressed = 0x40;
    private static readonly byte[] MessageEnd = [0, 0, 0xff, 0xff];

    private readonly MemoryStream _compressed = new();
    private readonly DeflateStream _inflater;

    public PlainFrames() => _inflater = new DeflateStream(_compressed, CompressionMode.Decompress);

    /// <summary>Writes whole frames anew.</summary>
    public byte[] Unpack(ReadOnlySpan<byte> frames)
    {
        var output = new MemoryStream();
        while (frames.Length > 0)
        {
            var length = frames[1] & 0x7f;
            var mask = frames.Slice(2, 4);
            var data = frames.Slice(6, length).ToArray();
            for (var i = 0; i < data.Length; i++)
            {
                data[i] ^= mask[i % 4];
            }

            if ((frames[0] & Compressed) != 0)
            {
                data = Inflate(data);
            }

            // A mask of zeros leaves the data as it is.
            output.Write([(byte)(frames[0] & ~Compressed), (byte)(0x80 | data.Length), 0, 0, 0, 0, .. data]);
            frames = frames[(6 + length)..];
        }

        return output.ToArray();
    }

    public void Dispose() => _inflater.Dispose();

    private byte[] Inflate(byte[] data)
    {
        var start = _compressed.Position;
        _compressed.Write(data);
        _compressed.Write(MessageEnd);
        _compressed.Position = start;
        var message = new byte[125];
        var length = 0;
        for (int read; (read = _inflater.Read(message, length, message.Length - length)) > 0;)
        {
            length += read;
        }

        return message[..length];
    }
}
