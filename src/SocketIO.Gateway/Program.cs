// The gateway to run in production. What it can be told is in GatewayOptions; with nothing it is a cluster of one, whose state is in a folder.
//
//   dotnet run --project src/SocketIO.Gateway
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Orleans.Runtime.MembershipService;
using SocketIO.Gateway;

try
{
    await using var gateway = GatewayHost.Create(args);
    var stopping = gateway.Lifetime.ApplicationStopping;
    try
    {
        await gateway.RunAsync();
    }
    catch (OperationCanceledException) when (stopping.IsCancellationRequested)
    {
        // It was stopped before it had started, or had more to do than there was time for.
    }

    return 0;
}
catch (SettingsException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OptionsValidationException e)
{
    Console.Error.WriteLine(GatewaySettings.Translate(e).Message);
    return 1;
}
catch (OrleansClusterConnectivityCheckFailedException e)
{
    Console.Error.WriteLine($"The silo can't join the cluster: {e.Message} Silos that have died are taken for dead when they have been silent for some seconds: start the gateway again.");
    return 1;
}
catch (IOException e) when (e.InnerException is AddressInUseException)
{
    Console.Error.WriteLine($"{GatewayOptions.Section}:Listen or {GatewayOptions.Section}:Publish:Listen names an address that another process has: {e.Message}");
    return 1;
}
catch (AddressInUseException e)
{
    Console.Error.WriteLine($"{GatewayOptions.Section}:Silo:SiloPort or {GatewayOptions.Section}:Silo:ClientPort is a port that another process has: {e.Message}");
    return 1;
}
catch (SocketException e)
{
    Console.Error.WriteLine($"{GatewayOptions.Section}:Listen, {GatewayOptions.Section}:Publish:Listen or {GatewayOptions.Section}:Silo:Address names an address that this machine has not, or may not listen to: {e.Message}");
    return 1;
}
