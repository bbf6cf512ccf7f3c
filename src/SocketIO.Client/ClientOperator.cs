namespace SocketIO.Client;

/// <summary>How a question is asked: an immutable set of flags.</summary>
public sealed class ClientOperator
{
    private readonly SocketIOClient _client;
    private readonly TimeSpan? _timeout;
    private readonly CancellationToken _cancellation;

    internal ClientOperator(SocketIOClient client, TimeSpan? timeout, CancellationToken cancellation)
    {
        _client = client;
        _timeout = timeout;
        _cancellation = cancellation;
    }

    /// <summary>How long to wait for the answer.</summary>
    /// <param name="timeout">Above zero.</param>
    public ClientOperator Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return new ClientOperator(_client, timeout, _cancellation);
    }

    /// <summary>Gives up waiting for the answer when <paramref name="cancellationToken"/> is cancelled.</summary>
    /// <param name="cancellationToken">The token.</param>
    public ClientOperator WithCancellation(CancellationToken cancellationToken) => new(_client, _timeout, cancellationToken);

    /// <inheritdoc cref="SocketIOClient.EmitWithAckAsync{T}"/>
    public async Task<T?> EmitWithAckAsync<T>(string eventName, params object?[] args) =>
        First<T>(await EmitWithAckAsync(eventName, args).ConfigureAwait(false));

    /// <inheritdoc cref="SocketIOClient.EmitWithAckAsync(string, object?[])"/>
    public Task<ReceivedArguments> EmitWithAckAsync(string eventName, params object?[] args) =>
        _client.EmitWithAckAsync(eventName, args, _timeout, _cancellation);

    private static T? First<T>(ReceivedArguments answer) => answer.Count == 0 ? default : answer.Get<T>(0);
}
