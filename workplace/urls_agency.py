"""URLs of this room."""

urlpatterns = []
