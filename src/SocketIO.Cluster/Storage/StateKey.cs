using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SocketIO.Cluster;

/// <summary>
/// The keys under which states are stored. Each part is length-prefixed, so no two lists of parts share a key;
/// a key that would be longer than <see cref="MaxLength"/>, or has a NUL, is replaced by its hash, because stores limit their keys.
/// </summary>
internal static class StateKey
{
    /// <summary>The longest key, in characters.</summary>
    public const int MaxLength = 160;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Member(string namespaceName, string member) => Of("member", namespaceName, member);

    /// <summary>The prefix of a roster's keys; its shards add what they are.</summary>
    public static string Roster(string namespaceName, string room) => Of("roster", namespaceName, room);

    public static string Session(string privateId) => Of("session", privateId);

    public static string Epoch(in PartitionKey partition) => Of("epoch", partition.Namespace, partition.Index.ToString(CultureInfo.InvariantCulture));

    /// <summary>The key of session ids, which all gateways of the cluster share.</summary>
    public static string SessionKey { get; } = Of("session-key");

    /// <summary>Whether a name can be stored: not empty, well-formed UTF-16, and no longer than the bound in UTF-8.</summary>
    public static bool IsValidName(string name, int maxBytes)
    {
        if (name.Length == 0 || name.Length > maxBytes)
        {
            return false;
        }

        try
        {
            return StrictUtf8.GetByteCount(name) <= maxBytes;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Where a grain is.</summary>
    public static string Directory(string grain) => Of("directory", grain);

    private static string Of(string kind, params ReadOnlySpan<string> parts)
    {
        var key = new StringBuilder(kind);
        foreach (var part in parts)
        {
            key.Append('/').Append(part.Length.ToString(CultureInfo.InvariantCulture)).Append(':').Append(part);
        }

        var text = key.ToString();
        return text.Length <= MaxLength && !text.Contains('\0') ? text : $"{kind}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(text)))}";
    }
}
