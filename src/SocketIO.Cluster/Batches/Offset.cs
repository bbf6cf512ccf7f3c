// What a client returns to say how far it has read: the sequencer's epoch and the number within it.
using System.Globalization;

namespace SocketIO.Cluster;

/// <summary>
/// The place of a packet in the order of its partition; equal for all its receivers. Its text form is <c>epoch.sequence</c>.
/// Source: <see href="https://socket.io/docs/v4/connection-state-recovery"/>.
/// </summary>
/// <param name="Epoch">The epoch of the sequencer that gave the number.</param>
/// <param name="Sequence">The number within the epoch; the first is 1.</param>
public readonly record struct Offset(long Epoch, long Sequence) : IComparable<Offset>
{
    /// <summary>Reads the text form; anything that <see cref="ToString"/> would not write is refused.</summary>
    /// <param name="text">What a client sent.</param>
    /// <param name="offset">The offset.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Offset offset)
    {
        var dot = text.IndexOf('.');
        if (dot > 0 && TryParseNumber(text[..dot], out var epoch) && TryParseNumber(text[(dot + 1)..], out var sequence))
        {
            offset = new Offset(epoch, sequence);
            return true;
        }

        offset = default;
        return false;
    }

    /// <inheritdoc/>
    public int CompareTo(Offset other)
    {
        var epochs = Epoch.CompareTo(other.Epoch);
        return epochs != 0 ? epochs : Sequence.CompareTo(other.Sequence);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}.{Sequence}");

    /// <summary>Whether the left one comes earlier.</summary>
    public static bool operator <(Offset left, Offset right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one comes later.</summary>
    public static bool operator >(Offset left, Offset right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one does not come later.</summary>
    public static bool operator <=(Offset left, Offset right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one does not come earlier.</summary>
    public static bool operator >=(Offset left, Offset right) => left.CompareTo(right) >= 0;

    private static bool TryParseNumber(ReadOnlySpan<char> text, out long number)
    {
        number = 0;
        // One text for one number: no sign, no blank, no leading zero.
        return (text.Length == 1 || (text.Length > 1 && text[0] != '0'))
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
