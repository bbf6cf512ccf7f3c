using System.Buffers;

namespace SocketIO.Server;

/// <summary>Growable buffers for the length of one call, kept by the thread: encoding allocates nothing once warm.</summary>
internal static class Scratch
{
    private const int KeepAtMost = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _first;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _second;

    public static ArrayBufferWriter<byte> Rent()
    {
        var buffer = _first;
        if (buffer is not null)
        {
            _first = null;
            return buffer;
        }

        buffer = _second;
        _second = null;
        return buffer ?? new ArrayBufferWriter<byte>(512);
    }

    public static void Return(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > KeepAtMost)
        {
            return;
        }

        buffer.ResetWrittenCount();
        if (_first is null)
        {
            _first = buffer;
        }
        else
        {
            _second = buffer;
        }
    }
}
