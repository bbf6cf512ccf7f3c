// A client that reads slowly must not fill the gateway that carries it, and one that floods must not fill the gateway that owns it.
namespace SocketIO.Cluster;

/// <summary>
/// The flow control of one end of a tunnel: no more is sent than the other end has said that it has room for, and it is told of room as it comes up here.
/// </summary>
/// <remarks>Single-threaded. Both ends begin without a word, and so with nothing that may be sent.</remarks>
/// <param name="size">The most bytes that may lie here unread.</param>
internal sealed class TunnelWindow(int size)
{
    private long _credit;
    private int _granted;

    /// <summary>The bytes that lie here unread.</summary>
    public int Unread { get; private set; }

    /// <summary>The other end has room for more.</summary>
    public void OnCredit(long bytes) => _credit = Math.Min(_credit, long.MaxValue - bytes) + bytes;

    /// <summary>Takes as much of it as there is.</summary>
    /// <param name="wanted">The most that is of use.</param>
    /// <returns>How many bytes are to be sent; 0: it has to wait.</returns>
    public int Take(int wanted)
    {
        var taken = (int)Math.Min(wanted, _credit);
        _credit -= taken;
        return taken;
    }

    /// <summary>Bytes have arrived; <see langword="false"/>: more than there was room for.</summary>
    public bool OnReceived(int bytes)
    {
        if (bytes > _granted)
        {
            return false;
        }

        _granted -= bytes;
        Unread += bytes;
        return true;
    }

    /// <summary>Bytes have been read here.</summary>
    public void OnRead(int bytes) => Unread -= bytes;

    /// <summary>How much room the other end is to be told of; 0: it isn't worth a message yet.</summary>
    public int Grant()
    {
        var room = size - Unread - _granted;
        if (room < (size + 1) / 2)
        {
            return 0;
        }

        _granted += room;
        return room;
    }
}
