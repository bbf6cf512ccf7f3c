// What a cluster costs. redis-server has to be running.
//
//   cluster gateway --redis HOST:PORT --urls http://127.0.0.1:PORT [--SocketIO:…]
//       a gateway; as many as are started form a cluster. Load generators talk to it as to the server in one process
//   cluster joins --redis HOST:PORT [--rooms 10,10000,1000000] [--joins 1000] [--fsync always]
//       what a durable join costs in rooms of these sizes: time, and bytes that Redis appends to its file
//   cluster sessions --redis HOST:PORT [--connections 10000]
//       what idle sessions cost that clients can come back to
//   cluster websockets --redis HOST:PORT [--connections 2000] [--seconds 5]
//       what a WebSocket costs whose upgrade has reached another gateway than its session's, beside one that has not
using SocketIO.Benchmarks.Cluster;

switch (args.FirstOrDefault())
{
    case "gateway":
        await using (var gateway = Gateway.Create(args[1..]))
        {
            await gateway.RunAsync();
        }

        return 0;
    case "joins":
        await using (var gateway = Gateway.Create(args[1..]))
        {
            await gateway.StartAsync();
            await Joins.MeasureAsync(gateway);
            await gateway.StopAsync();
        }

        return 0;
    case "sessions":
        return await Sessions.MeasureAsync(new ConfigurationBuilder().AddCommandLine(args[1..]).Build()) ? 0 : 1;
    case "websockets":
        await WebSockets.MeasureAsync(new ConfigurationBuilder().AddCommandLine(args[1..]).Build());
        return 0;
    default:
        throw new ArgumentException("The first argument has to be 'gateway', 'joins', 'sessions' or 'websockets'.");
}
