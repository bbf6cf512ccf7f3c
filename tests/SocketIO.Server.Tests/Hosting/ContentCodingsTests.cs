using Microsoft.Extensions.Primitives;

namespace SocketIO.Server.Tests;

public sealed class ContentCodingsTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("br", "br")]
    [InlineData("BR", "br")]
    [InlineData("gzip, br", "gzip")]
    [InlineData("br, gzip, deflate", "br")]
    [InlineData("gzip;q=0.5, br;q=0.1, deflate;q=0.7", "deflate")]
    [InlineData("gzip;q=0", null)]
    [InlineData("*", "br")]
    [InlineData("*;q=0.5, gzip;q=0.5", "gzip")]
    [InlineData("br;q=0, *", "gzip")]
    [InlineData("*;q=0", null)]
    [InlineData("identity", null)]
    [InlineData("identity;q=0", null)]
    [InlineData("zstd, deflate", "deflate")]
    [InlineData("no list at all; = ,", null)]
    public void The_client_gets_the_coding_it_likes_best(string? header, string? expected) =>
        Assert.Equal(expected, ContentCodings.Choose(header, ["br", "gzip", "deflate"]));

    [Fact]
    public void A_header_sent_in_several_lines_is_one_list() =>
        Assert.Equal("deflate", ContentCodings.Choose(new StringValues(["gzip;q=0.2", "deflate"]), ["gzip", "deflate"]));
}
