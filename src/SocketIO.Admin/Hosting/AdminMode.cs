namespace SocketIO.Admin;

/// <summary>How much dashboards are told.</summary>
public enum AdminMode
{
    /// <summary>Statistics of each server, and the commands.</summary>
    Production,

    /// <summary>Also every socket with its handshake and data, every room, and every event with its arguments.</summary>
    Development,
}
