# pytest finds fixtures by what a conftest holds
from support.course_builder import alembic_once  # noqa: F401
from support.courses import ready, shared_course, tiny  # noqa: F401
