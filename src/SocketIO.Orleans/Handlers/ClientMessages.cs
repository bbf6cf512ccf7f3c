using System.Text;
using SocketIO.Server;

namespace SocketIO.Orleans;

/// <summary>What clients do, in the form that crosses silos.</summary>
internal static class ClientMessages
{
    // About what an entry of a queue costs beside its bytes.
    private const int Overhead = 256;

    /// <summary>A socket's name in the cluster.</summary>
    public static ClientSocket Describe(Socket socket) => new(socket.Namespace.Name, socket.Id);

    /// <summary>How a socket came in.</summary>
    public static ClientHandshake DescribeHandshake(Socket socket, ClientSocket client)
    {
        var handshake = socket.Handshake;
        return new ClientHandshake(client)
        {
            Recovered = socket.Recovered,
            Issued = handshake.Issued,
            Address = handshake.Address,
            Url = handshake.Url,
            IsSecure = handshake.IsSecure,
            Headers = handshake.Headers.Select(static header => new ClientValue(header.Key, header.Value.ToString())).ToArray(),
            Query = handshake.Query.Select(static value => new ClientValue(value.Key, value.Value.ToString())).ToArray(),
            Claims = socket.User.Claims.Select(static claim => new ClientValue(claim.Type, claim.Value)).ToArray(),
        };
    }

    /// <summary>What a client gave as <c>auth</c>.</summary>
    public static ClientAuth DescribeAuth(Socket socket) => new(Encoding.UTF8.GetBytes(socket.Handshake.Auth.GetRawText()));

    /// <summary>An event.</summary>
    public static ClientEvent DescribeEvent(ClientSocket client, SocketEvent received) => new(client, EventMessages.Write(received.Arguments.Payload), received.Ack is not null);

    /// <summary>What an event takes of a bound in bytes.</summary>
    public static int SizeOf(SocketEvent received) => received.Arguments.Payload.Length + Overhead;
}
