using Microsoft.AspNetCore.Http;

namespace SocketIO.Server.Tests;

public sealed class RequestTargetTests
{
    private readonly RequestTargetCache _targets = new(new StringCache());

    [Fact]
    public void Handshakes_to_the_same_address_share_what_was_read_of_it()
    {
        var first = Get("/socket.io/", "?EIO=4&transport=websocket");

        Assert.Same(first, Get("/socket.io/", "?EIO=4&transport=websocket"));
        Assert.Equal("/socket.io/?EIO=4&transport=websocket", first.Url);
        Assert.Equal(["EIO", "transport"], first.Query.Select(static pair => pair.Key));
    }

    [Theory]
    [InlineData("/socket.io/a", "?EIO=4", "")]
    [InlineData("/socket.io/", "?EIO=3", "")]
    [InlineData("/socket.io/", "?EIO=4", "/base")]
    [InlineData("/socket.io/?EIO=4", "", "")]
    public void Another_address_is_read_anew(string path, string query, string pathBase)
    {
        Get("/socket.io/", "?EIO=4");

        var other = Get(path, query, pathBase);

        Assert.Equal(pathBase + path + query, other.Url);
        Assert.Equal(query.Length == 0 ? "" : query[^1..], other["EIO"].ToString());
    }

    [Theory]
    [InlineData("?eio=4")]
    [InlineData("?EIO=4")]
    [InlineData("?a=b&%45IO=%34")]
    public void A_value_is_found_whatever_the_case_of_its_name(string query) => Assert.Equal("4", Get("/", query)["EIO"]);

    [Fact]
    public void A_repeated_name_has_all_its_values() => Assert.Equal("1,2", Get("/", "?x=1&y=0&x=2")["x"].ToString());

    [Fact]
    public void The_addresses_of_a_session_are_not_kept() => Assert.NotSame(Get("/", "?sid=a"), Get("/", "?sid=a"));

    private RequestTarget Get(string path, string query, string pathBase = "")
    {
        var request = new DefaultHttpContext().Request;
        request.PathBase = pathBase;
        request.Path = path;
        request.QueryString = new QueryString(query);
        return _targets.Get(request);
    }
}
