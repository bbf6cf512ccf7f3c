using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SocketIO.Orleans.Tests;

/// <summary>An entry of a log.</summary>
internal readonly record struct SiloLogEntry(int Event, string Line, Exception? Exception);

/// <summary>Keeps the errors that silos log.</summary>
internal sealed class SiloLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<SiloLogEntry> _errors = new();

    /// <summary>The errors: the lines, and what was thrown.</summary>
    public IReadOnlyCollection<SiloLogEntry> Errors => _errors;

    /// <summary>Waits for an error.</summary>
    public async Task<SiloLogEntry> FindAsync(Func<SiloLogEntry, bool> predicate)
    {
        SiloLogEntry[] found = [];
        await Patience.Until(() => (found = [.. _errors.Where(predicate)]).Length > 0);
        return found[0];
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _errors.Enqueue(new SiloLogEntry(eventId.Id, formatter(state, exception), exception));
        }
    }

    public void Dispose()
    {
    }
}
