// Typed delegates, bound once: the first registration of a handler compiles how its parameters are read and its result is sent.
using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server;

/// <summary>Calls a handler with the arguments of the event in <paramref name="context"/>.</summary>
internal delegate ValueTask HandlerInvoker(Delegate handler, EventContext context);

/// <summary>How handlers of one method are called.</summary>
/// <param name="Invoke">Reads the arguments, calls, and sends the answer.</param>
/// <param name="Arguments">The parameters that are arguments of the event, in their order.</param>
/// <param name="UsesServices">Whether a scope of services is needed for the call.</param>
internal sealed record HandlerBinding(HandlerInvoker Invoke, HandlerArgument[] Arguments, bool UsesServices);

/// <summary>A parameter that an argument of the event is read into.</summary>
/// <param name="Name">Its name.</param>
/// <param name="MayBeMissing">Whether the client may leave it out.</param>
/// <param name="Default">What it is then.</param>
internal sealed record HandlerArgument(string Name, bool MayBeMissing, object? Default);

/// <summary>Makes and keeps the bindings of a server.</summary>
internal sealed class HandlerBinder(IServiceProvider services)
{
    // Names that an application makes up as it goes along are not kept.
    private const int NamesKept = 1024;

    private readonly ConcurrentDictionary<(Type, MethodInfo), HandlerBinding> _bindings = new();
    private readonly ConcurrentDictionary<string, (byte[] Utf8, uint Hash)> _names = new();
    private readonly IServiceProviderIsService? _isService = services.GetService<IServiceProviderIsService>();

    public IServiceProvider Services { get; } = services;

    public HandlerEntry Bind(string eventName, Delegate handler, bool once)
    {
        if (!_names.TryGetValue(eventName, out var name))
        {
            var utf8 = Encoding.UTF8.GetBytes(eventName);
            name = (utf8, HandlerTable.Hash(utf8));
            if (_names.Count < NamesKept)
            {
                _names.TryAdd(eventName, name);
            }
        }

        return new HandlerEntry(name.Hash, name.Utf8, handler, Bind(handler), once);
    }

    private HandlerBinding Bind(Delegate handler) =>
        _bindings.GetOrAdd((handler.GetType(), handler.Method), static (key, self) => self.Compile(key.Item1, key.Item2), this);

    private HandlerBinding Compile(Type delegateType, MethodInfo method)
    {
        var invoke = delegateType.GetMethod("Invoke")!;
        var compiled = new DynamicMethod("Invoke " + method.Name, typeof(ValueTask), [typeof(Delegate), typeof(EventContext)], typeof(EventContext), skipVisibility: true);
        var code = compiled.GetILGenerator();
        List<HandlerArgument> arguments = [];
        var usesServices = false;

        // The result's receiver first, then the delegate and its arguments, as the stack wants them.
        var reply = FindReply(invoke.ReturnType);
        if (reply is not null)
        {
            code.Emit(OpCodes.Ldarg_1);
        }

        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Castclass, delegateType);
        // Names and attributes are the method's; a closed delegate's method may have a hidden first parameter, as an extension method has.
        var declared = method.GetParameters();
        var parameters = invoke.GetParameters();
        var hidden = declared.Length - parameters.Length;
        for (var i = 0; i < parameters.Length; i++)
        {
            EmitArgument(code, parameters[i].ParameterType, hidden >= 0 ? declared[hidden + i] : parameters[i], arguments, ref usesServices);
        }

        code.Emit(OpCodes.Callvirt, invoke);
        if (reply is not null)
        {
            code.Emit(OpCodes.Call, reply);
        }
        else
        {
            EmitPlainResult(code, invoke.ReturnType);
        }

        code.Emit(OpCodes.Ret);
        return new HandlerBinding(compiled.CreateDelegate<HandlerInvoker>(), [.. arguments], usesServices);
    }

    private void EmitArgument(ILGenerator code, Type type, ParameterInfo parameter, List<HandlerArgument> arguments, ref bool usesServices)
    {
        if (type.IsByRef || type.IsByRefLike)
        {
            throw new ArgumentException($"The parameter '{parameter.Name}' of an event handler cannot be passed by reference, nor be a ref struct.");
        }

        code.Emit(OpCodes.Ldarg_1);
        if (type == typeof(Socket))
        {
            code.Emit(OpCodes.Call, Method("get_" + nameof(EventContext.Socket)));
        }
        else if (type == typeof(CancellationToken))
        {
            code.Emit(OpCodes.Call, Method("get_" + nameof(EventContext.Disconnected)));
        }
        else if (type == typeof(Ack))
        {
            code.Emit(OpCodes.Call, Method(nameof(EventContext.CreateAck)));
        }
        else if (type == typeof(EventArguments))
        {
            code.Emit(OpCodes.Call, Method(nameof(EventContext.CopyArguments)));
        }
        else if (type == typeof(IServiceProvider) || IsService(type, parameter))
        {
            usesServices = true;
            code.Emit(OpCodes.Call, Method(nameof(EventContext.GetService)).MakeGenericMethod(type));
        }
        else
        {
            code.Emit(OpCodes.Ldc_I4, arguments.Count);
            code.Emit(OpCodes.Call, Method(nameof(EventContext.Argument)).MakeGenericMethod(type));
            arguments.Add(new HandlerArgument(
                parameter.Name ?? "argument",
                !type.IsValueType || Nullable.GetUnderlyingType(type) is not null || parameter.HasDefaultValue,
                parameter.HasDefaultValue ? DefaultOf(parameter, type) : null));
        }
    }

    // Reflection gives the default of a nullable enum as its number.
    private static object? DefaultOf(ParameterInfo parameter, Type type) =>
        parameter.DefaultValue is { } value && Nullable.GetUnderlyingType(type) is { IsEnum: true } enumeration ? Enum.ToObject(enumeration, value) : parameter.DefaultValue;

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

    // What sends the result; null where there is none to send.
    private static MethodInfo? FindReply(Type type)
    {
        if (type == typeof(void) || type == typeof(Task) || type == typeof(ValueTask))
        {
            return null;
        }

        var generic = type.IsGenericType ? type.GetGenericTypeDefinition() : null;
        if (generic == typeof(Task<>))
        {
            return Method(nameof(EventContext.ReplyWithTask)).MakeGenericMethod(type.GetGenericArguments());
        }

        return generic == typeof(ValueTask<>)
            ? Method(nameof(EventContext.ReplyWithValueTask)).MakeGenericMethod(type.GetGenericArguments())
            : Method(nameof(EventContext.Reply)).MakeGenericMethod(type);
    }

    private static void EmitPlainResult(ILGenerator code, Type type)
    {
        if (type == typeof(Task))
        {
            code.Emit(OpCodes.Newobj, typeof(ValueTask).GetConstructor([typeof(Task)])!);
        }
        else if (type == typeof(void))
        {
            var nothing = code.DeclareLocal(typeof(ValueTask));
            code.Emit(OpCodes.Ldloca, nothing);
            code.Emit(OpCodes.Initobj, typeof(ValueTask));
            code.Emit(OpCodes.Ldloc, nothing);
        }
    }

    private static MethodInfo Method(string name) => typeof(EventContext).GetMethod(name, BindingFlags.Public | BindingFlags.Instance)!;
}
