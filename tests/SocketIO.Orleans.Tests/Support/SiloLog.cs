using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SocketIO.Orleans.Tests;

/// <summary>Keeps what silos log of the handlers.</summary>
internal sealed class SiloLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(string Line, Exception? Exception)> _errors = new();

    /// <summary>The errors: the lines, and what was thrown.</summary>
    public IReadOnlyCollection<(string Line, Exception? Exception)> Errors => _errors;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _errors.Enqueue((formatter(state, exception), exception));
        }
    }

    public void Dispose()
    {
    }
}
