using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace SocketIO.Server;

/// <summary>The choice of a content coding by an <c>Accept-Encoding</c> header (RFC 9110, 12.5.3).</summary>
internal static class ContentCodings
{
    /// <summary>
    /// The coding to use: the highest weight wins, then a coding named over one that <c>*</c> stands for, then the
    /// client's order, then the server's. <see langword="null"/> if the client takes none of those offered.
    /// </summary>
    internal static string? Choose(StringValues acceptEncoding, ReadOnlySpan<string> offered)
    {
        if (StringValues.IsNullOrEmpty(acceptEncoding)
            || !StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var accepted))
        {
            return null;
        }

        string? best = null;
        var bestRank = Rank.Refused;
        foreach (var coding in offered)
        {
            var rank = RankOf(coding, accepted);
            if (rank.Weight > 0 && rank.IsBetterThan(bestRank))
            {
                best = coding;
                bestRank = rank;
            }
        }

        return best;
    }

    private static Rank RankOf(string coding, IList<StringWithQualityHeaderValue> accepted)
    {
        var wildcard = Rank.Refused;
        for (var i = 0; i < accepted.Count; i++)
        {
            if (accepted[i].Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
            {
                return new Rank(accepted[i].Quality ?? 1, Named: true, i);
            }

            if (accepted[i].Value.Equals("*", StringComparison.Ordinal))
            {
                wildcard = new Rank(accepted[i].Quality ?? 1, Named: false, i);
            }
        }

        return wildcard;
    }

    private readonly record struct Rank(double Weight, bool Named, int Position)
    {
        internal static Rank Refused => new(0, Named: false, int.MaxValue);

        internal bool IsBetterThan(Rank other) =>
            Weight != other.Weight ? Weight > other.Weight
            : Named != other.Named ? Named
            : Position < other.Position;
    }
}
