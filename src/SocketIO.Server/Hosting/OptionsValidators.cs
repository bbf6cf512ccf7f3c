// Bad configuration stops the start with the key, the value and what is allowed.
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using SocketIO.Protocol;

namespace SocketIO.Server;

/// <summary>Collects what is wrong with options.</summary>
internal sealed class OptionsProblems(string type)
{
    private readonly List<string> _problems = [];

    public ValidateOptionsResult Result => _problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_problems);

    public void Require(bool allowed, string key, object? value, string expected)
    {
        if (!allowed)
        {
            _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{type}.{key} is '{value ?? "null"}'; allowed: {expected}."));
        }
    }

    public void RequireDuration(TimeSpan value, string key) =>
        Require(value >= TimeSpan.FromMilliseconds(1) && value <= TimeSpan.FromDays(1), key, value, "1 ms to 1 day");

    public void RequireAtMostADay(TimeSpan value, string key) =>
        Require(value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1), key, value, "0 to 1 day");

    public void RequireAtLeast(long value, long least, string key) =>
        Require(value >= least, key, value, string.Create(CultureInfo.InvariantCulture, $"{least} or more"));

    public void CheckEngine(EngineOptions options)
    {
        Require(options.Path is { Length: > 1 } path && path[0] == '/' && !path.Contains('{') && !path.Contains('?'), nameof(options.Path), options.Path, "a path with a leading slash, such as /socket.io");
        RequireDuration(options.PingInterval, nameof(options.PingInterval));
        RequireDuration(options.PingTimeout, nameof(options.PingTimeout));
        RequireDuration(options.UpgradeTimeout, nameof(options.UpgradeTimeout));
        RequireDuration(options.CloseTimeout, nameof(options.CloseTimeout));
        Require(options.ShutdownTimeout >= TimeSpan.Zero && options.ShutdownTimeout <= TimeSpan.FromMinutes(10), nameof(options.ShutdownTimeout), options.ShutdownTimeout, "0 to 10 minutes");
        Require(options.DrainDelay >= TimeSpan.Zero && options.DrainDelay <= TimeSpan.FromMinutes(10), nameof(options.DrainDelay), options.DrainDelay, "0 to 10 minutes");
        RequireAtLeast(options.DrainRate ?? 1, 1, nameof(options.DrainRate));
        RequireAtLeast(options.MaxHttpBufferSize, 1, nameof(options.MaxHttpBufferSize));
        RequireAtLeast(options.MaxOutboundBytes, 64 * 1024, nameof(options.MaxOutboundBytes));
        RequireAtLeast(options.MaxConnections ?? 1, 1, nameof(options.MaxConnections));
        Require(
            options.Transports != TransportTypes.None && (options.Transports & ~(TransportTypes.Polling | TransportTypes.WebSocket | TransportTypes.WebTransport)) == 0,
            nameof(options.Transports),
            options.Transports,
            "one or more of Polling, WebSocket, WebTransport");
        Require(
            options.Generations != Generations.None
                && (options.Generations & ~(Generations.All | Generations.Development07)) == 0
                && !(options.Generations.HasFlag(Generations.Development07) && (options.Generations & (Generations.Version06 | Generations.Version02)) != 0),
            nameof(options.Generations),
            options.Generations,
            "one or more of Current, EngineIO3, Version09, Version06, Version02, or Development07 in the place of the last two, whose URLs it shares");
        CheckVersion06(options.Version06);
        Require(
            options.Version06.Format is null || (options.Generations & (Generations.Version02 | Generations.Version06 | Generations.Development07)) != 0,
            nameof(options.Version06) + "." + nameof(options.Version06.Format),
            options.Version06.Format,
            "null, or with Version06, Version02 or Development07 among the generations");
        CheckVersion09(options.Version09);
        if (options.PerMessageDeflate is { } deflate)
        {
            RequireAtLeast(deflate.Threshold, 0, nameof(options.PerMessageDeflate) + ".Threshold");
        }

        if (options.HttpCompression is { } compression)
        {
            RequireAtLeast(compression.Threshold, 0, nameof(options.HttpCompression) + ".Threshold");
        }
    }

    private void CheckVersion06(Version06Options options)
    {
        const string Key = nameof(EngineOptions.Version06) + ".";
        Require((options.Transports & ~LegacyTransportTypes.All) == 0, Key + nameof(options.Transports), options.Transports, $"any of {LegacyTransportTypes.All}");
        RequireDuration(options.HeartbeatInterval, Key + nameof(options.HeartbeatInterval));
        RequireDuration(options.HeartbeatTimeout, Key + nameof(options.HeartbeatTimeout));
        RequireDuration(options.PollDuration, Key + nameof(options.PollDuration));
        RequireAtMostADay(options.ReconnectTimeout, Key + nameof(options.ReconnectTimeout));
        foreach (var (name, timeout) in options.CloseTimeouts)
        {
            Require(LegacyTransportNames.Parse(name) != LegacyTransportTypes.None, Key + nameof(options.CloseTimeouts), name, "the names of transports");
            RequireAtMostADay(timeout, $"{Key}{nameof(options.CloseTimeouts)}[{name}]");
        }

        RequireAtLeast(options.QueueLength, 1, Key + nameof(options.QueueLength));
    }

    private void CheckVersion09(Version09Options options)
    {
        const string Key = nameof(EngineOptions.Version09) + ".";
        var known = new Version09Options().Transports;
        Require((options.Transports & ~known) == 0, Key + nameof(options.Transports), options.Transports, $"any of {known}");
        RequireDuration(options.HeartbeatInterval, Key + nameof(options.HeartbeatInterval));
        RequireDuration(options.HeartbeatTimeout, Key + nameof(options.HeartbeatTimeout));
        Require(
            options.HeartbeatTimeout > options.HeartbeatInterval && options.HeartbeatTimeout > options.PollDuration,
            Key + nameof(options.HeartbeatTimeout),
            options.HeartbeatTimeout,
            $"more than {nameof(options.HeartbeatInterval)} and {nameof(options.PollDuration)}, as clients go when they hear nothing for so long");
        RequireDuration(options.PollDuration, Key + nameof(options.PollDuration));
        RequireDuration(options.CloseTimeout, Key + nameof(options.CloseTimeout));
        foreach (var (name, timeout) in options.CloseTimeouts)
        {
            Require((LegacyTransportNames.Parse(name) & known) != 0, Key + nameof(options.CloseTimeouts), name, "the names of transports");
            RequireAtMostADay(timeout, $"{Key}{nameof(options.CloseTimeouts)}[{name}]");
        }

        RequireAtLeast(options.QueueLength ?? 1, 1, Key + nameof(options.QueueLength));
        RequireDuration(options.HandshakeTimeout, Key + nameof(options.HandshakeTimeout));
        RequireAtLeast(options.MaxPendingHandshakes, 1, Key + nameof(options.MaxPendingHandshakes));
    }
}

/// <summary>Checks the options of a bare engine.</summary>
internal sealed class EngineOptionsValidator : IValidateOptions<EngineOptions>
{
    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        var problems = new OptionsProblems(nameof(EngineOptions));
        problems.CheckEngine(options);
        return problems.Result;
    }
}

/// <summary>Checks the options of one Socket.IO server.</summary>
internal sealed class SocketIOOptionsValidator(string server) : IValidateOptions<SocketIOOptions>
{
    public ValidateOptionsResult Validate(string? name, SocketIOOptions options)
    {
        if (name != server)
        {
            return ValidateOptionsResult.Skip;
        }

        var problems = new OptionsProblems(nameof(SocketIOOptions));
        problems.CheckEngine(options);
        problems.RequireDuration(options.ConnectTimeout, nameof(options.ConnectTimeout));
        problems.Require(options.Parser is not null, nameof(options.Parser), options.Parser, "PacketParser.Json, PacketParser.MessagePack or one's own");
        problems.Require(options.SerializerOptions is not null, nameof(options.SerializerOptions), options.SerializerOptions, "JSON options");
        problems.Require(
            options.SerializerOptions is null || options.SerializerOptions.MaxDepth <= PacketLimits.DeepestNesting,
            nameof(options.SerializerOptions) + ".MaxDepth",
            options.SerializerOptions?.MaxDepth,
            $"0 (which means 64) to {PacketLimits.DeepestNesting}");
        problems.RequireAtLeast(options.MaxAttachments, 0, nameof(options.MaxAttachments));
        problems.RequireAtLeast(options.MaxConcurrentEvents, 1, nameof(options.MaxConcurrentEvents));
        problems.RequireAtLeast(options.MaxQueuedEventBytes, 1, nameof(options.MaxQueuedEventBytes));
        problems.RequireAtLeast(options.MaxRoomsPerSocket, 1, nameof(options.MaxRoomsPerSocket));
        problems.RequireAtLeast(options.MaxNamespacesPerConnection, 1, nameof(options.MaxNamespacesPerConnection));
        problems.RequireAtLeast(options.MaxChildNamespaces, 0, nameof(options.MaxChildNamespaces));
        problems.Require(
            options.ClientFolder is null || Directory.Exists(options.ClientFolder),
            nameof(options.ClientFolder),
            options.ClientFolder,
            "a folder that exists, or null");
        problems.Require(
            options.LegacyClientFolder is null || Directory.Exists(options.LegacyClientFolder),
            nameof(options.LegacyClientFolder),
            options.LegacyClientFolder,
            "a folder that exists, or null");
        if (options.ConnectionStateRecovery is { } recovery)
        {
            const string Recovery = nameof(options.ConnectionStateRecovery) + ".";
            problems.RequireDuration(recovery.MaxDisconnectionDuration, Recovery + nameof(recovery.MaxDisconnectionDuration));
            problems.RequireAtLeast(recovery.MaxPackets, 1, Recovery + nameof(recovery.MaxPackets));
            problems.RequireAtLeast(recovery.MaxBytes, 1, Recovery + nameof(recovery.MaxBytes));
            problems.RequireAtLeast(recovery.MaxSessions, 1, Recovery + nameof(recovery.MaxSessions));
        }

        CheckOldSockets(problems, options);
        return problems.Result;
    }

    private static void CheckOldSockets(OptionsProblems problems, SocketIOOptions options)
    {
        if (options.OldSockets is { } sockets)
        {
            const string OldSockets = nameof(options.OldSockets) + ".";
            problems.Require(
                sockets.Drafts != WebSocketDrafts.None && (sockets.Drafts & ~WebSocketDrafts.All) == 0,
                OldSockets + nameof(sockets.Drafts),
                sockets.Drafts,
                "one or more of Hixie75, Hixie76, Hybi");
            problems.RequireDuration(sockets.HandshakeTimeout, OldSockets + nameof(sockets.HandshakeTimeout));
            problems.Require(sockets.MaxHandshakeBytes is >= 1024 and <= 32 * 1024, OldSockets + nameof(sockets.MaxHandshakeBytes), sockets.MaxHandshakeBytes, "1024 to 32768");
        }

        if (options.FlashPolicy is { } policy)
        {
            const string FlashPolicy = nameof(options.FlashPolicy) + ".";
            problems.Require(
                policy.Origins is { Count: > 0 } origins && origins.All(Protocol.FlashPolicy.IsOrigin),
                FlashPolicy + nameof(policy.Origins),
                policy.Origins is null ? null : string.Join(' ', policy.Origins),
                "one or more of the form domain:ports, such as *:* or example.com:80,443");
            problems.Require(Enum.IsDefined(policy.Form), FlashPolicy + nameof(policy.Form), policy.Form, "Lines, Compact or MasterOnly");
            problems.Require(policy.Port is null or (>= 0 and <= ushort.MaxValue), FlashPolicy + nameof(policy.Port), policy.Port, "0 to 65535, or null");
            problems.Require(policy.Address is null || IPAddress.TryParse(policy.Address, out _), FlashPolicy + nameof(policy.Address), policy.Address, "an IP address, or null");
            problems.RequireAtLeast(policy.MaxConnections, 1, FlashPolicy + nameof(policy.MaxConnections));
            problems.RequireDuration(policy.Timeout, FlashPolicy + nameof(policy.Timeout));
        }
    }
}
