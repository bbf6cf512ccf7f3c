namespace SocketIO.Gateway;

/// <summary>The mark of connections that came in where back-ends are served, and not clients.</summary>
internal sealed class PublishEndpoint
{
    public static readonly PublishEndpoint Instance = new();

    private PublishEndpoint()
    {
    }
}
