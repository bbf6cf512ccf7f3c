using Microsoft.Extensions.DependencyInjection;

namespace SocketIO.Server;

/// <summary>What further packages add to a Socket.IO server.</summary>
public interface ISocketIOBuilder
{
    /// <summary>The application's services.</summary>
    IServiceCollection Services { get; }

    /// <summary>The server's name; empty for the application's main one.</summary>
    string Name { get; }
}

internal sealed class SocketIOBuilder(IServiceCollection services, string name) : ISocketIOBuilder
{
    public IServiceCollection Services { get; } = services;

    public string Name { get; } = name;
}
