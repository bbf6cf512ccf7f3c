using System.Net;
using System.Net.Sockets;

namespace SocketIO.Admin;

/// <summary>
/// Counts failed attempts by address and in all, a minute at a time. An attempt counts as failed until it has succeeded, so that many at once are no way around.
/// Thread-safe.
/// </summary>
/// <param name="maxPerAddress">The most of one address in a minute.</param>
/// <param name="max">The most in a minute; it bounds the table as well.</param>
/// <param name="time">The clock.</param>
internal sealed class FailureLimiter(int maxPerAddress, int max, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _counts = [];
    private long _since = time.GetTimestamp();
    private int _total;

    /// <summary>Begins an attempt; false: there were too many.</summary>
    public bool TryBegin(string? address)
    {
        var key = KeyOf(address);
        lock (_gate)
        {
            if (time.GetElapsedTime(_since) >= Period)
            {
                _since = time.GetTimestamp();
                _total = 0;
                _counts.Clear();
            }

            var count = _counts.GetValueOrDefault(key);
            if (_total >= max || count >= maxPerAddress)
            {
                return false;
            }

            _total++;
            _counts[key] = count + 1;
            return true;
        }
    }

    /// <summary>The attempt has succeeded: it counts no longer.</summary>
    public void Succeed(string? address)
    {
        var key = KeyOf(address);
        lock (_gate)
        {
            // It may have begun in the minute before.
            if (!_counts.TryGetValue(key, out var count))
            {
                return;
            }

            _total--;
            if (count == 1)
            {
                _counts.Remove(key);
            }
            else
            {
                _counts[key] = count - 1;
            }
        }
    }

    // Whoever has an IPv6 address has 2^64 of them.
    private static string KeyOf(string? address) =>
        IPAddress.TryParse(address, out var parsed) && parsed is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false }
            ? Convert.ToHexString(parsed.GetAddressBytes().AsSpan(0, 8))
            : address ?? "";
}
