"""The table of HTTP framing says of nginx what nginx does; the same table is held against us by the unit tests."""
import nginx_oracle


def test_nginx_answers_as_recorded():
    nginx = nginx_oracle.find_nginx()
    assert nginx, "nginx is not installed: apt-get install nginx-light"
    count, different = nginx_oracle.differences(nginx)
    assert count > 50 and not different, "\n".join(different)
