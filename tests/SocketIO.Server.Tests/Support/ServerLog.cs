using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace SocketIO.Server.Tests;

/// <summary>Keeps what any part of a host logs as an error, or worse.</summary>
/// <param name="lowest">What counts as an error.</param>
public sealed class ServerLog(LogLevel lowest = LogLevel.Error) : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _errors = new();

    public void AssertNoErrors() => Assert.True(_errors.IsEmpty, string.Join(Environment.NewLine, _errors));

    public ILogger CreateLogger(string categoryName) => new CategoryLogger(categoryName, lowest, _errors);

    public void Dispose()
    {
    }

    private sealed class CategoryLogger(string category, LogLevel lowest, ConcurrentQueue<string> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= lowest;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                errors.Enqueue($"{category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
