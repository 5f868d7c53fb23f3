package rest
import ("testing";"os";"context"
"github.com/soloprint/soloprint/ent"
"github.com/soloprint/soloprint/internal/authz"
"github.com/soloprint/soloprint/internal/page"
"github.com/soloprint/soloprint/internal/crud";"github.com/soloprint/soloprint/rest/generated"
"github.com/getkin/kin-openapi/openapi3")
func TestReal(t *testing.T){
 c:=&crud.Service{}
 s:=&Server{PublicURL:"https://x.example",Routes:[]Route{
list("/v1/zclass", crud.OpClassList, c.ListClasses, generated.NewClass),
route(GET, "/v1/zclass/{class_id}", 200, crud.OpClassGet, c.GetClass, generated.NewClass),
route(POST, "/v1/zclass", 201, crud.OpClassCreate, c.CreateClass, generated.NewClass),
route(PATCH, "/v1/zclass/{class_id}", 200, crud.OpClassUpdate, c.UpdateClass, generated.NewClass),
list("/v1/zfile", crud.OpFileList, c.ListFiles, generated.NewFile),
route(GET, "/v1/zfile/{fileId}", 200, crud.OpFileGet, c.GetFile, generated.NewFile),
list("/v1/zmaterial", crud.OpMaterialList, c.ListMaterials, generated.NewMaterial),
route(GET, "/v1/zmaterial/{material_id}", 200, crud.OpMaterialGet, c.GetMaterial, generated.NewMaterial),
route(POST, "/v1/zmaterial", 201, crud.OpMaterialCreate, c.CreateMaterial, generated.NewMaterial),
route(PATCH, "/v1/zmaterial/{material_id}", 200, crud.OpMaterialUpdate, c.UpdateMaterial, generated.NewMaterial),
list("/v1/zprintrun", crud.OpPrintList, c.ListPrints, generated.NewPrintRun),
route(GET, "/v1/zprintrun/{print_id}", 200, crud.OpPrintGet, c.GetPrint, generated.NewPrintRun),
list("/v1/zprinter", crud.OpPrinterList, c.ListPrinters, generated.NewPrinter),
route(GET, "/v1/zprinter/{printer_id}", 200, crud.OpPrinterGet, c.GetPrinter, generated.NewPrinter),
list("/v1/zprintergroup", crud.OpPrinterGroupList, c.ListPrinterGroups, generated.NewPrinterGroup),
route(GET, "/v1/zprintergroup/{printer_group_id}", 200, crud.OpPrinterGroupGet, c.GetPrinterGroup, generated.NewPrinterGroup),
route(POST, "/v1/zprintergroup", 201, crud.OpPrinterGroupCreate, c.CreatePrinterGroup, generated.NewPrinterGroup),
route(PATCH, "/v1/zprintergroup/{printer_group_id}", 200, crud.OpPrinterGroupUpdate, c.UpdatePrinterGroup, generated.NewPrinterGroup),
remove("/v1/zprintergroup/{printer_group_id}", crud.OpPrinterGroupDelete, c.DeletePrinterGroup),
list("/v1/zprintertag", crud.OpPrinterTagList, c.ListPrinterTags, generated.NewPrinterTag),
route(GET, "/v1/zprintertag/{printer_tag_id}", 200, crud.OpPrinterTagGet, c.GetPrinterTag, generated.NewPrinterTag),
route(POST, "/v1/zprintertag", 201, crud.OpPrinterTagCreate, c.CreatePrinterTag, generated.NewPrinterTag),
route(PATCH, "/v1/zprintertag/{printer_tag_id}", 200, crud.OpPrinterTagUpdate, c.UpdatePrinterTag, generated.NewPrinterTag),
remove("/v1/zprintertag/{printer_tag_id}", crud.OpPrinterTagDelete, c.DeletePrinterTag),
list("/v1/zspoolassignment", crud.OpSpoolAssignmentList, c.ListSpoolAssignments, generated.NewSpoolAssignment),
list("/v1/zspool", crud.OpSpoolList, c.ListSpools, generated.NewSpool),
route(GET, "/v1/zspool/{spool_id}", 200, crud.OpSpoolGet, c.GetSpool, generated.NewSpool),
list("/v1/zusergroup", crud.OpUserGroupList, c.ListUserGroups, generated.NewUserGroup),
route(GET, "/v1/zusergroup/{user_group_id}", 200, crud.OpUserGroupGet, c.GetUserGroup, generated.NewUserGroup),
remove("/v1/zusergroup/{user_group_id}", crud.OpUserGroupDelete, c.DeleteUserGroup),
list("/v1/yapikey", authz.Op{Resource:"yapikey",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.APIKey], error) { return page.List[*ent.APIKey]{}, nil }, generated.NewAPIKey),
list("/v1/yclass", authz.Op{Resource:"yclass",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Class], error) { return page.List[*ent.Class]{}, nil }, generated.NewClass),
list("/v1/yenrollment", authz.Op{Resource:"yenrollment",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Enrollment], error) { return page.List[*ent.Enrollment]{}, nil }, generated.NewEnrollment),
list("/v1/yevent", authz.Op{Resource:"yevent",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Event], error) { return page.List[*ent.Event]{}, nil }, generated.NewEvent),
list("/v1/yfile", authz.Op{Resource:"yfile",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.File], error) { return page.List[*ent.File]{}, nil }, generated.NewFile),
list("/v1/yinvite", authz.Op{Resource:"yinvite",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Invite], error) { return page.List[*ent.Invite]{}, nil }, generated.NewInvite),
list("/v1/yledgerentry", authz.Op{Resource:"yledgerentry",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.LedgerEntry], error) { return page.List[*ent.LedgerEntry]{}, nil }, generated.NewLedgerEntry),
list("/v1/ymaterial", authz.Op{Resource:"ymaterial",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Material], error) { return page.List[*ent.Material]{}, nil }, generated.NewMaterial),
list("/v1/ymembership", authz.Op{Resource:"ymembership",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Membership], error) { return page.List[*ent.Membership]{}, nil }, generated.NewMembership),
list("/v1/ynotification", authz.Op{Resource:"ynotification",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Notification], error) { return page.List[*ent.Notification]{}, nil }, generated.NewNotification),
list("/v1/ynotificationrule", authz.Op{Resource:"ynotificationrule",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.NotificationRule], error) { return page.List[*ent.NotificationRule]{}, nil }, generated.NewNotificationRule),
list("/v1/yorganization", authz.Op{Resource:"yorganization",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Organization], error) { return page.List[*ent.Organization]{}, nil }, generated.NewOrganization),
list("/v1/yprint", authz.Op{Resource:"yprint",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.PrintRun], error) { return page.List[*ent.PrintRun]{}, nil }, generated.NewPrint),
list("/v1/yprinter", authz.Op{Resource:"yprinter",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Printer], error) { return page.List[*ent.Printer]{}, nil }, generated.NewPrinter),
list("/v1/yprintergroup", authz.Op{Resource:"yprintergroup",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.PrinterGroup], error) { return page.List[*ent.PrinterGroup]{}, nil }, generated.NewPrinterGroup),
list("/v1/yprinterslot", authz.Op{Resource:"yprinterslot",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.PrinterSlot], error) { return page.List[*ent.PrinterSlot]{}, nil }, generated.NewPrinterSlot),
list("/v1/yprintertag", authz.Op{Resource:"yprintertag",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.PrinterTag], error) { return page.List[*ent.PrinterTag]{}, nil }, generated.NewPrinterTag),
list("/v1/yqueueitem", authz.Op{Resource:"yqueueitem",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.QueueItem], error) { return page.List[*ent.QueueItem]{}, nil }, generated.NewQueueItem),
list("/v1/yspoolassignment", authz.Op{Resource:"yspoolassignment",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.SpoolAssignment], error) { return page.List[*ent.SpoolAssignment]{}, nil }, generated.NewSpoolAssignment),
list("/v1/yspool", authz.Op{Resource:"yspool",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Spool], error) { return page.List[*ent.Spool]{}, nil }, generated.NewSpool),
list("/v1/yssogroupmapping", authz.Op{Resource:"yssogroupmapping",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.SSOGroupMapping], error) { return page.List[*ent.SSOGroupMapping]{}, nil }, generated.NewSSOGroupMapping),
list("/v1/yssoprovider", authz.Op{Resource:"yssoprovider",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.SSOProvider], error) { return page.List[*ent.SSOProvider]{}, nil }, generated.NewSSOProvider),
list("/v1/yuser", authz.Op{Resource:"yuser",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.User], error) { return page.List[*ent.User]{}, nil }, generated.NewUser),
list("/v1/yusergroup", authz.Op{Resource:"yusergroup",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.UserGroup], error) { return page.List[*ent.UserGroup]{}, nil }, generated.NewUserGroup),
list("/v1/ywebhookdelivery", authz.Op{Resource:"ywebhookdelivery",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.WebhookDelivery], error) { return page.List[*ent.WebhookDelivery]{}, nil }, generated.NewWebhookDelivery),
list("/v1/ywebhook", authz.Op{Resource:"ywebhook",Verb:"all",Summary:"x"}, func(context.Context, struct{}) (page.List[*ent.Webhook], error) { return page.List[*ent.Webhook]{}, nil }, generated.NewWebhook),
 }}
 d,err:=s.OpenAPI(); if err!=nil{t.Fatal(err)}
 os.WriteFile("/tmp/probe/real.json",d,0o644)
 doc,err:=openapi3.NewLoader().LoadFromData(d); if err!=nil{t.Fatal(err)}
 if err:=doc.Validate(t.Context());err!=nil{t.Fatal(err)}
 s.Handler()
}
