using System.Buffers.Text;

namespace SocketIO.Protocol;

/// <summary>The numbers of a session's heartbeats, from 1 up; clients send each back as it is.</summary>
internal sealed class HeartbeatNumbers
{
    private const int MaxInt64Digits = 19;

    private readonly byte[] _digits = new byte[MaxInt64Digits];
    private long _next;
    private int _length;

    public HeartbeatNumbers() => MoveOn();

    /// <summary>The number that comes next, as text.</summary>
    public ReadOnlySpan<byte> Next => _digits.AsSpan(0, _length);

    public void MoveOn() => Utf8Formatter.TryFormat(++_next, _digits, out _length);
}
