// Certificates are renewed every few weeks by replacing their files. Who reads them once has to be started anew before they expire; and a mounted secret is a
// link whose time does not change, so what counts is what the files hold.
namespace SocketIO.Gateway;

/// <summary>What files hold, read again when they have changed. Thread-safe.</summary>
/// <typeparam name="T">What is made of them.</typeparam>
internal sealed class RenewedFiles<T>
{
    /// <summary>How old what is used may be.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly string[] _paths;
    private readonly Func<T> _load;
    private readonly Action<string> _onProblem;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private byte[][] _held;
    private T _value;
    private long _since;
    private string? _said;

    /// <summary>Reads files.</summary>
    /// <param name="paths">Their paths.</param>
    /// <param name="load">Makes something of them.</param>
    /// <param name="onProblem">Is told when new files can't be used; the old ones are until then.</param>
    /// <param name="time">The clock.</param>
    public RenewedFiles(IEnumerable<string> paths, Func<T> load, Action<string> onProblem, TimeProvider time)
    {
        (_paths, _load, _onProblem, _time) = ([.. paths], load, onProblem, time);
        _held = Read();
        _value = load();
        _since = time.GetTimestamp();
    }

    /// <summary>What they hold now, or did at most <see cref="Interval"/> ago.</summary>
    public T Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_since) >= Interval)
                {
                    _since = _time.GetTimestamp();
                    Renew();
                }

                return _value;
            }
        }
    }

    private void Renew()
    {
        try
        {
            // Before they are loaded: what changes in between is seen next time.
            var held = Read();
            if (held.Zip(_held).Any(static pair => !pair.First.AsSpan().SequenceEqual(pair.Second)))
            {
                (_value, _held) = (_load(), held);
            }

            _said = null;
        }
        catch (Exception e) when (CertificateReader.IsUnusable(e))
        {
            // A certificate is there before its key, or half of it is.
            if (_said != e.Message)
            {
                _said = e.Message;
                _onProblem(e.Message);
            }
        }
    }

    private byte[][] Read() => [.. _paths.Select(File.ReadAllBytes)];
}
