using System.Net;

namespace SocketIO.Server.Tests;

public class PollingContract : TransportContract
{
    protected override string Name => "polling";

    protected override string AbortReason => CloseReasons.TransportError;

    protected override async Task<EngineClient> OpenAsync(EngineHost host) => await PollingClient.OpenAsync(host);

    protected override Task SendRawAsync(EngineClient client, string packet) => ((PollingClient)client).PostAsync(packet);

    // The body is refused; the session lives.
    protected override async Task SendTooMuchAsync(Session session)
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await ((PollingClient)session.Client).PostAsync("4" + new string('.', 1000)));
        await session.Client.SendAsync("smaller");
        Assert.Equal("smaller", (await session.ReceiveAsync()).Text);
    }
}

public sealed class TestServerPollingContract : PollingContract
{
    protected override Carrier Carrier => Carrier.TestServer;
}

public sealed class JsonpContract : PollingContract
{
    protected override async Task<EngineClient> OpenAsync(EngineHost host) => await JsonpClient.OpenAsync(host);
}

public class WebSocketContract : TransportContract
{
    protected override string Name => "websocket";

    protected override Task<EngineClient> OpenAsync(EngineHost host) => WebSocketClient.OpenAsync(host);

    protected override Task SendRawAsync(EngineClient client, string packet) => ((WebSocketClient)client).SendRawAsync(packet);

    protected override async Task SendTooMuchAsync(Session session)
    {
        await base.SendTooMuchAsync(session);
        Assert.Equal(System.Net.WebSockets.WebSocketCloseStatus.MessageTooBig, ((WebSocketClient)session.Client).CloseStatus);
    }
}

public sealed class WebSocketOverStreamContract : WebSocketContract
{
    protected override Carrier Carrier => Carrier.Stream;
}

public sealed class WebSocketOverTestServerContract : WebSocketContract
{
    protected override Carrier Carrier => Carrier.TestServer;

    // Its buffers have no bound.
    protected override bool HasBackPressure => false;
}

public class UpgradedContract : WebSocketContract
{
    protected override bool UpgradesFromPolling => true;

    protected override Task<EngineClient> OpenAsync(EngineHost host) => WebSocketClient.UpgradeAsync(host);
}

public sealed class UpgradedOverStreamContract : UpgradedContract
{
    protected override Carrier Carrier => Carrier.Stream;
}

public class WebTransportContract : TransportContract
{
    protected override string Name => "webtransport";

    protected override bool HasRequest => false;

    protected override void Configure(EngineOptions options) => options.Transports |= TransportTypes.WebTransport;

    protected override async Task<EngineClient> OpenAsync(EngineHost host) => await WebTransportClient.OpenAsync(host.Engine);

    protected override Task SendRawAsync(EngineClient client, string packet) => ((WebTransportClient)client).SendRawAsync(packet);

    // As the reference has it: to the protocol it is a malformed frame.
    protected override async Task SendTooMuchAsync(Session session)
    {
        await session.Client.SendAsync(new string('.', 1001));
        await session.Client.Ended;
        Assert.Equal(CloseReasons.ParseError, (await session.Closed).Reason);
    }
}

public sealed class UpgradedToWebTransportContract : WebTransportContract
{
    protected override bool UpgradesFromPolling => true;

    protected override string[] Upgrades => ["websocket", "webtransport"];

    protected override bool HasRequest => true;

    protected override Task<EngineClient> OpenAsync(EngineHost host) => WebTransportClient.UpgradeAsync(host);
}
