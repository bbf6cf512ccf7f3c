using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace SocketIO.Server;

/// <summary>A response body as the output of a pipe whose input is empty and ends with the request.</summary>
internal sealed class ResponsePipe : IDuplexPipe, IDisposable
{
    private readonly HttpContext _context;
    private readonly Pipe _nothing = new();
    private readonly CancellationTokenRegistration _aborted;

    public ResponsePipe(HttpContext context)
    {
        _context = context;
        _aborted = context.RequestAborted.UnsafeRegister(static state => ((Pipe)state!).Writer.Complete(), _nothing);
    }

    public PipeReader Input => _nothing.Reader;

    public PipeWriter Output => _context.Response.BodyWriter;

    public void Abort() => _context.Abort();

    public void Dispose() => _aborted.Unregister();
}
