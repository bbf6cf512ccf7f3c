using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Documentation.Tests;

/// <summary>
/// Runs a program that ends in <c>app.Run()</c>, and stops it. The host is found as the framework's own tools find it: it announces
/// itself when it has been built.
/// </summary>
internal sealed class EntryPoint : IAsyncDisposable, IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private static readonly AsyncLocal<EntryPoint?> Current = new();

    private readonly TaskCompletionSource<IHost> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<IDisposable> _subscriptions = [];
    private readonly Task _running;

    private EntryPoint(Action<string[]> program)
    {
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        _running = Task.Run(() =>
        {
            Current.Value = this;
            program(["--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "None"]);
        });
    }

    public static async Task<(EntryPoint Program, string Url)> RunAsync(Action<string[]> program)
    {
        var running = new EntryPoint(program);
        var host = await running._built.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(20));
        return (running, host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
    }

    public async ValueTask DisposeAsync()
    {
        (await _built.Task).Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await _running;
        _subscriptions.ForEach(static subscription => subscription.Dispose());
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.Extensions.Hosting")
        {
            _subscriptions.Add(value.Subscribe(this));
        }
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: "HostBuilt", Value: IHost host } && Current.Value == this)
        {
            _built.TrySetResult(host);
        }
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
    }

    void IObserver<DiagnosticListener>.OnError(Exception error)
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
    }

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error)
    {
    }
}
