from django.contrib.admin import AdminSite


class EtownAdminSite(AdminSite):
    pass
