// Typed delegates, bound once: the first registration of a handler compiles how its parameters are read and its result is sent.
using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server;

/// <summary>Calls a handler with the arguments of the event in <paramref name="context"/>.</summary>
internal delegate ValueTask HandlerInvoker(Delegate handler, EventContext context);

/// <summary>How handlers of one method are called.</summary>
/// <param name="Invoke">Reads the arguments, calls, and sends the answer.</param>
/// <param name="UsesServices">Whether a scope of services is needed for the call.</param>
internal sealed record HandlerBinding(HandlerInvoker Invoke, bool UsesServices);

/// <summary>Makes and keeps the bindings of a server.</summary>
internal sealed class HandlerBinder(IServiceProvider services)
{
    private readonly ConcurrentDictionary<(Type, MethodInfo), HandlerBinding> _bindings = new();
    private readonly IServiceProviderIsService? _isService = services.GetService<IServiceProviderIsService>();

    public IServiceProvider Services { get; } = services;

    public HandlerBinding Bind(Delegate handler) =>
        _bindings.GetOrAdd((handler.GetType(), handler.Method), static (key, self) => self.Compile(key.Item1, key.Item2), this);

    private HandlerBinding Compile(Type delegateType, MethodInfo method)
    {
        var invoke = delegateType.GetMethod("Invoke")!;
        var handler = Expression.Parameter(typeof(Delegate), "handler");
        var context = Expression.Parameter(typeof(EventContext), "context");
        var position = 0;
        var usesServices = false;
        var arguments = new List<Expression>();
        // A closed delegate's method may have a hidden first parameter.
        var declared = method.GetParameters();
        var parameters = invoke.GetParameters();
        for (var i = 0; i < parameters.Length; i++)
        {
            var attributes = declared.Length == parameters.Length ? declared[i] : parameters[i];
            arguments.Add(Argument(parameters[i].ParameterType, attributes, context, ref position, ref usesServices));
        }

        var call = Expression.Invoke(Expression.Convert(handler, delegateType), arguments);
        var body = Result(call, invoke.ReturnType, context);
        var invoker = Expression.Lambda<HandlerInvoker>(body, handler, context).Compile();
        return new HandlerBinding(invoker, usesServices);
    }

    private Expression Argument(Type type, ParameterInfo parameter, Expression context, ref int position, ref bool usesServices)
    {
        if (type.IsByRef)
        {
            throw new ArgumentException($"The parameter '{parameter.Name}' of an event handler cannot be passed by reference.");
        }

        if (type == typeof(Socket))
        {
            return Expression.Property(context, nameof(EventContext.Socket));
        }

        if (type == typeof(CancellationToken))
        {
            return Expression.Property(context, nameof(EventContext.Disconnected));
        }

        if (type == typeof(Ack))
        {
            return Expression.Call(context, nameof(EventContext.CreateAck), null);
        }

        if (type == typeof(EventArguments))
        {
            return Expression.Call(context, nameof(EventContext.CopyArguments), null);
        }

        if (type == typeof(IServiceProvider) || IsService(type, parameter))
        {
            usesServices = true;
            return Expression.Call(context, nameof(EventContext.GetService), [type]);
        }

        var mayBeMissing = !type.IsValueType || Nullable.GetUnderlyingType(type) is not null || parameter.HasDefaultValue;
        Expression fallback = parameter.HasDefaultValue && parameter.DefaultValue is not null
            ? Expression.Constant(parameter.DefaultValue, type)
            : Expression.Default(type);
        return Expression.Call(
            context,
            nameof(EventContext.Argument),
            [type],
            Expression.Constant(position++),
            Expression.Constant(parameter.Name ?? "argument"),
            Expression.Constant(mayBeMissing),
            fallback);
    }

    private bool IsService(Type type, ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is not null)
        {
            throw new ArgumentException($"The parameter '{parameter.Name}' of an event handler asks for a keyed service; take IServiceProvider instead.");
        }

        return parameter.GetCustomAttribute<FromServicesAttribute>() is not null
            // Every IEnumerable<T> counts as a service for the container, and would hide arrays of arguments.
            || (!(type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>)) && _isService?.IsService(type) == true);
    }

    private static Expression Result(Expression call, Type type, Expression context)
    {
        if (type == typeof(void))
        {
            return Expression.Block(call, Expression.Default(typeof(ValueTask)));
        }

        if (type == typeof(Task))
        {
            return Expression.New(typeof(ValueTask).GetConstructor([typeof(Task)])!, call);
        }

        if (type == typeof(ValueTask))
        {
            return call;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() is var generic && (generic == typeof(Task<>) || generic == typeof(ValueTask<>)))
        {
            var result = type.GetGenericArguments()[0];
            return generic == typeof(Task<>)
                ? Expression.Call(context, nameof(EventContext.ReplyWithTask), [result], call)
                : Expression.Call(context, nameof(EventContext.ReplyWithValueTask), [result], call);
        }

        return Expression.Call(context, nameof(EventContext.Reply), [type], call);
    }
}
