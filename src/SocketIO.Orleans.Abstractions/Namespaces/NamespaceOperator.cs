// The server's vocabulary for whoever is no server: who gets it, and how.
using System.Text.Json;
using Orleans;

namespace SocketIO.Orleans;

/// <summary>
/// A choice of sockets of a namespace, for any Orleans client or grain. Every method that narrows or widens it gives a new one, so it can be kept and shared.
/// Get one by <c>grainFactory.SocketIO("/chat")</c>.
/// </summary>
public sealed class NamespaceOperator
{
    /// <summary>How much longer than its clients the gateway may take that gathers their answers.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly IGrainFactory _grains;
    private readonly string _namespace;
    private readonly Audience _audience;
    private readonly EventJson _json;
    private readonly TimeSpan? _timeout;

    internal NamespaceOperator(IGrainFactory grains, string @namespace)
        : this(grains, @namespace, Audience.All, EventJson.Web, null)
    {
    }

    private NamespaceOperator(IGrainFactory grains, string @namespace, Audience audience, EventJson json, TimeSpan? timeout)
    {
        _grains = grains;
        _namespace = @namespace;
        _audience = audience;
        _json = json;
        _timeout = timeout;
    }

    /// <summary>Passes over clients that cannot take it right now: whose connection is busy, or who have no poll waiting.</summary>
    public NamespaceOperator Volatile => With(_audience with { Volatile = true });

    // Only when it is used: a client that is not connected yet knows no grains.
    private INamespaceGrain Grain => _grains.GetGrain<INamespaceGrain>(_namespace);

    /// <summary>Adds rooms; a socket in several of them is met once. A socket's id is a room.</summary>
    /// <param name="rooms">The rooms.</param>
    public NamespaceOperator To(params ReadOnlySpan<string> rooms) => With(_audience with { Rooms = [.. _audience.Rooms, .. rooms] });

    /// <summary>The same as <see cref="To"/>.</summary>
    /// <param name="rooms">The rooms.</param>
    public NamespaceOperator In(params ReadOnlySpan<string> rooms) => To(rooms);

    /// <summary>Leaves out who is in any of these rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public NamespaceOperator Except(params ReadOnlySpan<string> rooms) => With(_audience with { Except = [.. _audience.Except, .. rooms] });

    /// <summary>Whether what is sent may be compressed (it may, unless said otherwise; where the gateways compress).</summary>
    /// <param name="compress">Whether it may.</param>
    public NamespaceOperator Compress(bool compress) => With(_audience with { Compress = compress });

    /// <summary>How long to wait for acknowledgements.</summary>
    /// <param name="timeout">Above zero.</param>
    public NamespaceOperator Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        return new NamespaceOperator(_grains, _namespace, _audience, _json, timeout);
    }

    /// <summary>Writes and reads arguments with other options than the web defaults. Keep what this gives: the options' caches are made anew by each call.</summary>
    /// <param name="options">The options.</param>
    public NamespaceOperator WithJson(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new NamespaceOperator(_grains, _namespace, _audience, new EventJson(options), _timeout);
    }

    /// <summary>
    /// Sends an event. Completes when it has its place in the order that all its receivers see; so what is sent after that comes after it. If it fails, the
    /// event may have been sent.
    /// </summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments; byte arrays, memory and streams in them are sent as binary.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public Task EmitAsync(string eventName, params ReadOnlySpan<object?> args) => Grain.EmitAsync(_audience, _json.WriteEvent(eventName, args));

    /// <summary>Sends an event and waits for the answer of every client it reaches.</summary>
    /// <typeparam name="T">What the first value of an answer is read as.</typeparam>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>The answers in the order in which they came, without those that are no <typeparamref name="T"/>; empty if there was nobody to ask.</returns>
    /// <exception cref="AnswersMissingException{T}">Not all have answered in time; it has the answers of those that did.</exception>
    /// <exception cref="InvalidOperationException">There is no <see cref="Timeout"/>, or there were more answers than a gateway may hold.</exception>
    public Task<IReadOnlyList<T?>> EmitWithAckAsync<T>(string eventName, params ReadOnlySpan<object?> args)
    {
        var timeout = _timeout ?? throw new InvalidOperationException("How long may the clients take? Say so with Timeout(…) before EmitWithAckAsync.");
        return CollectAsync<T>(_json.WriteEvent(eventName, args), timeout);
    }

    /// <summary>The sockets chosen, of all gateways.</summary>
    public async Task<IReadOnlyList<ClusterSocket>> FetchSocketsAsync()
    {
        var descriptions = await Grain.FetchSocketsAsync(_audience).ConfigureAwait(false);
        return Array.ConvertAll(descriptions, description => new ClusterSocket(_json, description));
    }

    /// <summary>Puts the sockets chosen into rooms; completes when they are in them.</summary>
    /// <param name="rooms">The rooms.</param>
    public Task SocketsJoinAsync(params ReadOnlySpan<string> rooms) => Grain.SocketsJoinAsync(_audience, rooms.ToArray());

    /// <summary>Takes the sockets chosen out of rooms.</summary>
    /// <param name="rooms">The rooms.</param>
    public Task SocketsLeaveAsync(params ReadOnlySpan<string> rooms) => Grain.SocketsLeaveAsync(_audience, rooms.ToArray());

    /// <summary>Disconnects the sockets chosen.</summary>
    /// <param name="close">Whether their connections are closed as well.</param>
    public Task DisconnectSocketsAsync(bool close = false) => Grain.DisconnectSocketsAsync(_audience, close);

    /// <summary>Sends an event to all servers that have the namespace, for their <c>OnServerSide</c> handlers.</summary>
    /// <param name="eventName">The event's name.</param>
    /// <param name="args">Its arguments.</param>
    /// <exception cref="ArgumentException">The name is reserved.</exception>
    public Task ServerSideEmitAsync(string eventName, params ReadOnlySpan<object?> args)
    {
        if (eventName is "connect" or "connection" or "new_namespace")
        {
            throw new ArgumentException($"\"{eventName}\" is a reserved event name", nameof(eventName));
        }

        return Grain.ServerSideEmitAsync(_json.Write(eventName, args));
    }

    private async Task<IReadOnlyList<T?>> CollectAsync<T>(EventMessage message, TimeSpan timeout)
    {
        AnswerSet answers;
        try
        {
            answers = await new AnswerCollector().CollectAsync(
                _grains, observer => Grain.EmitWithAckAsync(_audience, message, timeout, observer), timeout + Grace, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new AnswersMissingException<T?>([], e.Message);
        }

        if (answers.IsTimeout)
        {
            throw new AnswersMissingException<T?>(Read<T>(answers), answers.Failure!);
        }

        return answers.Failure is { } failure ? throw new InvalidOperationException(failure) : Read<T>(answers);
    }

    // One client's answer that is no T spoils no other's: it counts as given, and is left out.
    private List<T?> Read<T>(AnswerSet answers)
    {
        var values = new List<T?>(answers.Answers.Length);
        foreach (var answer in answers.Answers)
        {
            try
            {
                values.Add(_json.ReadFirst<T>(answer));
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
            }
        }

        return values;
    }

    private NamespaceOperator With(Audience audience) => new(_grains, _namespace, audience, _json, _timeout);
}
