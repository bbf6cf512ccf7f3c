// The chat of samples/Chat in a terminal, beside those who use the page.
//
//   dotnet run --project samples/ChatTerminal -- NAME [URL]        URL: http://localhost:5000 unless given
using ChatTerminal;
using SocketIO.Client;

if (args is not ([{ Length: > 0 }] or [{ Length: > 0 }, _]))
{
    Console.Error.WriteLine("usage: ChatTerminal NAME [URL]");
    return 2;
}

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, end) =>
{
    end.Cancel = true;
    stopping.Cancel();
};
try
{
    await new Terminal(Console.In, Console.Out).RunAsync(args is [_, var url] ? url : "http://localhost:5000", args[0], stopping.Token);
    return 0;
}
catch (ConnectException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 0;
}
