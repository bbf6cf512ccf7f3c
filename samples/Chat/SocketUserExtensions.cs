using SocketIO.Server;

namespace Chat;

/// <summary>Who a socket is, as its data says. That data survives a recovery.</summary>
internal static class SocketUserExtensions
{
    private const string NameKey = "name";
    private const string TabKey = "key";

    public static User GetUser(this Socket socket) => new(socket.Id, socket.GetName());

    public static User GetUser(this RemoteSocket socket) => new(socket.Id, socket.Data.Get<string>(NameKey)!);

    public static string GetName(this Socket socket) => socket.Data.Get<string>(NameKey)!;

    public static string? GetTabKey(this Socket socket) => socket.Data.Get<string>(TabKey);

    public static void SetIdentity(this Socket socket, string name, string? tabKey)
    {
        socket.Data[NameKey] = name;
        socket.Data[TabKey] = tabKey;
    }
}
