using Microsoft.AspNetCore.Connections;

namespace SocketIO.Orleans.Tests;

/// <summary>Cuts one silo off from all others, its tables and its storage: to them, its process was killed.</summary>
internal sealed class PowerSwitch
{
    private readonly Lock _gate = new();
    private readonly HashSet<ConnectionContext> _connections = [];
    private bool _isOff;

    /// <summary>Whether the silo can reach anything.</summary>
    public bool IsOn
    {
        get
        {
            lock (_gate)
            {
                return !_isOff;
            }
        }
    }

    /// <summary>Breaks all connections; there will be no more.</summary>
    public void TurnOff()
    {
        ConnectionContext[] connections;
        lock (_gate)
        {
            _isOff = true;
            connections = [.. _connections];
        }

        Array.ForEach(connections, static connection => connection.Abort());
    }

    /// <summary>Puts a kind of connections under the switch.</summary>
    public void Control(IConnectionBuilder connections) => connections.Use(next => async connection =>
    {
        lock (_gate)
        {
            if (_isOff)
            {
                connection.Abort();
                return;
            }

            _connections.Add(connection);
        }

        try
        {
            await next(connection);
        }
        finally
        {
            lock (_gate)
            {
                _connections.Remove(connection);
            }
        }
    });
}
