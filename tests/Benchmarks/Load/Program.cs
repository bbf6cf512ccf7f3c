// A load generator for Socket.IO servers on loopback (Engine.IO 4 over WebSocket). It reads the server's own CPU time and memory
// from /proc: the figure to compare is the server's CPU time for an operation, which a busy machine moves least.
//
//   load MODE --url 127.0.0.1:3000[,…] --pid SERVER_PID[,…] [--conns 100] [--secs 5] [--inflight 4] [--payload 64] [--rate 0]
//   MODE  ack      every client keeps `inflight` acknowledgements going
//         bcast    one client sends, all receive; at most `inflight` broadcasts are under way, or `rate` are sent each second
//         relay    the same with packets that gateways of a cluster send each other, and no client gets but for one of many
//         connect  connections are opened, and that is all
//         idle     they stay open and do nothing
using SocketIO.Benchmarks.Load;

var options = LoadOptions.Parse(args);
var load = new Load(options);
await load.ConnectAsync();
var result = options.Mode switch
{
    "ack" => await load.AcknowledgeAsync(),
    "bcast" => await load.BroadcastAsync(),
    "relay" => await load.RelayAsync(),
    "idle" => await load.IdleAsync(),
    "connect" => load.Connected,
    _ => throw new ArgumentException($"'{options.Mode}' is no mode: ack, bcast, relay, connect, idle"),
};
Console.WriteLine(result);
