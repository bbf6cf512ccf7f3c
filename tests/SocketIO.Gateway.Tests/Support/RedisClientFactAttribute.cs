namespace SocketIO.Gateway.Tests;

/// <summary>A test that needs redis-server and a client program in a browser; where one is missing it is left out, and says so.</summary>
public sealed class RedisClientFactAttribute : FactAttribute
{
    /// <summary>Looks for them.</summary>
    /// <param name="program">The program's file name.</param>
    public RedisClientFactAttribute(string program)
    {
        Program = program;
        Skip = new RedisFactAttribute().Skip ?? ClientPrograms.WhyNot(program, inBrowser: true);
    }

    /// <summary>The program's file name.</summary>
    public string Program { get; }
}
