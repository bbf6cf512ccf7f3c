// Typed delegates: what each parameter is, and whether the result is an answer, is found out once, when the handler is added.
using System.Reflection;
using System.Text.Json;

namespace SocketIO.Client;

/// <summary>A handler, and how it is called.</summary>
internal sealed class HandlerBinding
{
    private readonly MethodInvoker _invoker;
    private readonly ParameterInfo[] _parameters;
    private readonly Func<object?, ValueTask<object?>> _await;

    public HandlerBinding(Delegate handler)
    {
        Handler = handler;
        var invoke = handler.GetType().GetMethod("Invoke")!;
        _invoker = MethodInvoker.Create(invoke);
        // Names and defaults are the method's; a closed delegate's method may have a hidden first parameter, as an extension method has.
        var declared = handler.Method.GetParameters();
        var parameters = invoke.GetParameters();
        _parameters = declared.Length >= parameters.Length ? declared[(declared.Length - parameters.Length)..] : parameters;
        if (_parameters.FirstOrDefault(static parameter => parameter.ParameterType.IsByRef || parameter.ParameterType.IsByRefLike) is { } refused)
        {
            throw new ArgumentException($"The parameter '{refused.Name}' of an event handler cannot be passed by reference, nor be a ref struct.", nameof(handler));
        }

        (_await, Answers) = FindResult(invoke.ReturnType);
    }

    public Delegate Handler { get; }

    /// <summary>Whether its result is an answer.</summary>
    public bool Answers { get; }

    /// <summary>Calls the handler.</summary>
    /// <returns>Its result.</returns>
    /// <exception cref="JsonException">An argument does not fit. The handler was not called.</exception>
    public ValueTask<object?> InvokeAsync(SocketIOClient client, ReceivedArguments arguments, CancellationToken disconnected)
    {
        var values = new object?[_parameters.Length];
        var next = 0;
        for (var i = 0; i < values.Length; i++)
        {
            var type = _parameters[i].ParameterType;
            values[i] = type == typeof(SocketIOClient) ? client
                : type == typeof(ReceivedArguments) ? arguments
                : type == typeof(CancellationToken) ? disconnected
                : Read(_parameters[i], arguments, next++);
        }

        return _await(_invoker.Invoke(Handler, values.AsSpan()));
    }

    private static object? Read(ParameterInfo parameter, ReceivedArguments arguments, int index)
    {
        var type = parameter.ParameterType;
        if (index >= arguments.Count)
        {
            return parameter.HasDefaultValue ? parameter.DefaultValue
                : !type.IsValueType || Nullable.GetUnderlyingType(type) is not null ? null
                : throw new JsonException($"The argument '{parameter.Name}' (number {index}, {type.Name}) is missing.");
        }

        try
        {
            return arguments.Get(index, type);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new JsonException($"The argument '{parameter.Name}' (number {index}) is no {type.Name}: {e.Message}", e);
        }
    }

    private static (Func<object?, ValueTask<object?>> Await, bool Answers) FindResult(Type type)
    {
        if (type == typeof(Task))
        {
            return (static async result => { await ((Task)result!).ConfigureAwait(false); return null; }, false);
        }

        if (type == typeof(ValueTask))
        {
            return (static async result => { await ((ValueTask)result!).ConfigureAwait(false); return null; }, false);
        }

        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        var awaits = generic == typeof(Task<>) ? nameof(AwaitTaskAsync) : generic == typeof(ValueTask<>) ? nameof(AwaitValueTaskAsync) : null;
        return awaits is null
            ? (static result => new ValueTask<object?>(result), type != typeof(void))
            : (typeof(HandlerBinding).GetMethod(awaits, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(type.GetGenericArguments())
                .CreateDelegate<Func<object?, ValueTask<object?>>>(), true);
    }

    private static async ValueTask<object?> AwaitTaskAsync<T>(object? task) => await ((Task<T>)task!).ConfigureAwait(false);

    private static async ValueTask<object?> AwaitValueTaskAsync<T>(object? task) => await ((ValueTask<T>)task!).ConfigureAwait(false);
}
