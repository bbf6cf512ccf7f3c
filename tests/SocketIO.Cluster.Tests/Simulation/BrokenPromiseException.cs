using System.Globalization;

namespace SocketIO.Cluster.Tests;

/// <summary>One of the cluster's promises did not hold.</summary>
public sealed class BrokenPromiseException(Promise promise, string message)
    : Exception(string.Create(CultureInfo.InvariantCulture, $"{(int)promise} {promise}: {message}"))
{
    /// <exception cref="BrokenPromiseException">The condition is false.</exception>
    public static void Require(bool condition, Promise promise, string message)
    {
        if (!condition)
        {
            throw new BrokenPromiseException(promise, message);
        }
    }
}
